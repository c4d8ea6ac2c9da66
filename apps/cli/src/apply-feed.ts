import { schemeOf } from '@sluice/core';
import type { Declaration } from '@sluice/feeds';
import {
  activateContract,
  changeTable,
  checkFit,
  clearAside,
  connectPostgres,
  grantsFor,
  type Misfit,
  makeTable,
  roleOf,
  type Sql,
} from '@sluice/ledger';
import { operator, sourceOf } from '@sluice/pipeline/without-redis';
import { type Config, codeOf, ErrorWithHint, ownerAddress } from '@sluice/process';
import { SourceAway } from '@sluice/source';
import { shownFolder } from './banner.ts';
import { answerOf } from './connect.ts';

/** How a person takes part in {@link applyFeed}. */
interface Talk {
  say(text: string): void;
  /** Shows the statements that make the table, and asks whether to run them. */
  mayMake(statements: readonly string[], role: string): Promise<boolean>;
}

/** `refused`: the table does not fit, for these reasons. `declined`: the person did not want the table made. */
export type Applied =
  | { readonly outcome: 'applied'; readonly contractNo: number; readonly warnings: readonly Misfit[] }
  | { readonly outcome: 'outdated'; readonly contractNo: number }
  | { readonly outcome: 'refused'; readonly misfits: readonly Misfit[] }
  | { readonly outcome: 'declined' };

/**
 * Brings a feed into use: makes its table if there is none, makes its source folder, and activates its contract. Doing it again
 * changes nothing.
 */
export async function applyFeed(
  declaration: Declaration,
  { config, sql }: { readonly config: Config; readonly sql: Sql },
  talk: Talk,
): Promise<Applied> {
  const { name, load, source, sourceOptions, modifiedAt, expect } = declaration;
  const { contract } = load;
  let misfits = await checkFit(sql, contract);
  if (misfits.some(({ code }) => code === 'table_missing')) {
    if (!(await madeTable(load, { config, sql }, talk))) return { outcome: 'declined' };
    misfits = await checkFit(sql, contract);
  } else talk.say(`The table ${contract.table} is there.`);
  if (misfits.some(({ severity }) => severity === 'refused')) return { outcome: 'refused', misfits };
  await makeSource(declaration);
  talk.say(`Files go to ${shownFolder(source)}`);
  const active = await activateContract(sql, {
    feed: name,
    load,
    source,
    sourceOptions,
    yamlAt: modifiedAt,
    expect,
    who: operator(),
  });
  if (active.outcome === 'outdated') return { outcome: 'outdated', contractNo: active.contractNo };
  // It fits now, so its files need not wait for a worker to find that out.
  await clearAside(sql, name);
  return { outcome: 'applied', contractNo: active.contractNo, warnings: misfits };
}

/** Makes the table as the role that owns the others, if the person wants it. */
async function madeTable(
  { contract }: Declaration['load'],
  { config, sql }: { readonly config: Config; readonly sql: Sql },
  talk: Talk,
): Promise<boolean> {
  const url = ownerAddress(config);
  const owner = connectPostgres(url, 'feed', config);
  try {
    const [making, using] = await Promise.all([answerOf(url, roleOf(owner)), roleOf(sql)]);
    const grants = making.role === using.role ? [] : grantsFor(contract, using.role);
    const statements = [...(await changeTable(owner, contract)), ...grants];
    if (!(await talk.mayMake(statements, making.role))) return false;
    await answerOf(url, makeTable(owner, statements));
    talk.say(`Made the table ${contract.table}`);
    return true;
  } finally {
    await owner.end({ timeout: 1 });
  }
}

async function makeSource(declaration: Declaration): Promise<void> {
  const { source } = declaration;
  try {
    await sourceOf(declaration, () => []).ensure();
  } catch (error) {
    // A place that is no folder says itself what is wrong.
    if (error instanceof SourceAway && schemeOf(source) !== undefined)
      throw new ErrorWithHint(`the source ${source} cannot be listed: ${error.message}`, error.hint);
    throw new ErrorWithHint(
      `the source folder ${shownFolder(source)} cannot be made (${codeOf(error)})`,
      'let this user write there, or name another folder as "source" in the YAML',
    );
  }
}
