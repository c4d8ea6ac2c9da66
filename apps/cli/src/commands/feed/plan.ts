import type { Expectation } from '@sluice/core';
import { feedNamed, readFeeds } from '@sluice/feeds';
import { changeTable, contractOf, ledgerFeeds, planReplay, type ReplayPlan } from '@sluice/ledger';
import { expectationText } from '@sluice/pipeline/without-redis';
import type { Config } from '@sluice/process';
import type { Command } from 'commander';
import { shownFolder } from '../../banner.ts';
import { reachLedger } from '../../connect.ts';
import { type LoadChange, loadChanges } from '../../load-changes.ts';
import { counted, printable, wrapped } from '../../printable.ts';
import { runCommand } from '../../run-command.ts';
import { Screen } from '../../screen.ts';

/** Adds `feed plan NAME`, which says what a changed YAML would change. */
export function addPlan(feed: Command): void {
  feed
    .command('plan')
    .argument('<name>', 'name of a feed')
    .description(
      'Say what its YAML changes: the contract, the table, and what a replay of loaded files would do.',
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Changes nothing. A watcher takes a changed YAML over by itself; files that are loaded stay as they are
until somebody replays them. The statements for a table that is there are for you to run.

Exit codes: 0 nothing changes, 1 something does, 2 could not run.

Examples:
  npm run sluice -- feed plan orders
  npm run --silent sluice -- feed plan orders --json | jq -r '.table[]'`,
    )
    .action((name: string, { json }: { json?: true }) =>
      runCommand('feed plan', async ({ config }) => {
        const planned = await plan(name, config);
        const screen = new Screen();
        screen.say(json ? JSON.stringify(planned, null, 2) : asText(planned, screen));
        const { changes, expect, table, contract } = planned;
        return changes.length + table.length > 0 || expect !== null || contract === null ? 1 : 0;
      }),
    );
}

interface Plan {
  readonly feed: string;
  readonly file: string;
  /** The number of the active contract; null when the feed is not in use. */
  readonly contract: number | null;
  readonly changes: readonly LoadChange[];
  /** What changes of when files are to come, which is no part of the contract. */
  readonly expect: LoadChange | null;
  /** Statements that make the table fit. */
  readonly table: readonly string[];
  readonly tableName: string;
  readonly replay: ReplayPlan | null;
}

async function plan(name: string, config: Config): Promise<Plan> {
  const { file, load, expect = null } = feedNamed(name, await readFeeds(config));
  const { sql } = await reachLedger('feed', config);
  const known = (await ledgerFeeds(sql)).find(({ feed }) => feed === name);
  const active = known && (await contractOf(sql, known.contractNo))?.load;
  const changes = active === undefined ? [] : loadChanges(active, load);
  const hasNew = active !== undefined && changes.length > 0;
  return {
    ...{ feed: name, file, contract: known?.contractNo ?? null, changes },
    expect: known === undefined ? null : expectChange(known.expect, expect),
    table: await changeTable(sql, load.contract),
    tableName: load.contract.table,
    replay: hasNew ? await planReplay(sql, name, active, load) : null,
  };
}

function expectChange(before: Expectation | null, after: Expectation | null): LoadChange | null {
  const [was, is] = [before, after].map((one) => (one === null ? undefined : expectationText(one)));
  if (was === is) return null;
  if (was === undefined) return { sign: '+', text: `expect ${is}` };
  if (is === undefined) return { sign: '-', text: `expect ${was}` };
  return { sign: '~', text: `expect ${was} becomes ${is}` };
}

function asText(
  { feed, file, contract, changes, expect, table, tableName, replay }: Plan,
  { style, columns }: Screen,
): string {
  const colors = { '+': 'green', '-': 'red', '~': 'yellow' } as const;
  const head =
    contract === null
      ? `The feed ${feed} is not in use yet: npm run sluice -- feed apply ${feed}`
      : changes.length > 0
        ? `${shownFolder(file)} changes contract ${contract}:`
        : expect === null
          ? `${shownFolder(file)} says what is in use (contract ${contract})`
          : `${shownFolder(file)} changes when files are to come, and not contract ${contract}:`;
  return [
    style('bold', head),
    ...[...changes, ...(expect === null ? [] : [expect])].map(
      ({ sign, text }) => `  ${style(colors[sign], sign)} ${printable(text)}`,
    ),
    ...(table.length === 0
      ? []
      : [
          '',
          style('bold', `For the table ${tableName}${contract === null ? '' : ', for you to run'}:`),
          ...table.map((text) => text.replace(/^/gm, '  ')),
        ]),
    ...(replay === null ? [] : ['', ...replayLines(replay).flatMap((line) => wrapped(line, columns - 1))]),
  ].join('\n');
}

const EFFECTS: Readonly<Record<ReplayPlan['effect'], string>> = {
  none: 'Each record is a row, so a replay is refused: undo a file, then land it again.',
  rows: 'A replay of them makes rows of all records again, because the table or the key is another one; the rows of before stay.',
  conflicts:
    'A replay of them leaves the rows as they are: a record with other content becomes a conflict, and a reject that is accepted now becomes a row.',
  duplicates: 'A replay of them changes no row: every record is a duplicate.',
};

function replayLines({ loaded, effect }: ReplayPlan): string[] {
  if (loaded.files === 0) return ['No file has been loaded by the contract in use.'];
  const { files, records, rows, rejects } = loaded;
  return [
    `Loaded by the contract in use: ${counted(files, 'file')}, ${counted(records, 'record')}, ${counted(rows, 'row')}, ${counted(rejects, 'reject')}.`,
    EFFECTS[effect],
  ];
}
