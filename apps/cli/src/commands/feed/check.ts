import { type Declaration, type Mistake, mistakeLine, readFeeds } from '@sluice/feeds';
import { checkFit, type Misfit } from '@sluice/ledger';
import { expectationText } from '@sluice/pipeline/without-redis';
import { type Config, ErrorWithHint } from '@sluice/process';
import type { Command } from 'commander';
import { reachLedger } from '../../connect.ts';
import { misfitLines } from '../../misfit-lines.ts';
import { counted, printable } from '../../printable.ts';
import { runCommand } from '../../run-command.ts';
import { Screen } from '../../screen.ts';

interface Given {
  readonly server: boolean;
  readonly json?: true;
}

/** Adds `feed check`, which says what is wrong with feeds. */
export function addCheck(feed: Command): void {
  feed
    .command('check')
    .argument('[name]', 'name of a feed (default: all)')
    .description('Check feeds: mistakes and open questions in their YAML, and whether their tables fit.')
    .option('--no-server', 'only the YAML: PostgreSQL is not asked')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Each mistake is one line with file and line, what was given, and what is allowed.

Exit codes: 0 all is right (warnings aside), 1 something is wrong, 2 could not run.

Examples:
  npm run sluice -- feed check
  npm run sluice -- feed check orders
  npm run sluice -- feed check --no-server          in a pipeline that tests the YAML`,
    )
    .action((name: string | undefined, given: Given) =>
      runCommand('feed check', async ({ config }) => {
        const checked = await check(name, given.server, config);
        const screen = new Screen();
        const wrong = checked.some(({ mistakes, misfits }) => mistakes.length > 0 || misfits.some(isRefused));
        screen.say(given.json ? asJson(checked, !wrong, config) : asText(checked, config, screen));
        return wrong ? 1 : 0;
      }),
    );
}

interface Checked {
  readonly name: string;
  readonly declaration: Declaration | undefined;
  readonly mistakes: readonly Mistake[];
  readonly misfits: readonly Misfit[];
}

const isRefused = ({ severity }: Misfit): boolean => severity === 'refused';

async function check(name: string | undefined, server: boolean, config: Config): Promise<Checked[]> {
  const { declarations, mistakes } = await readFeeds(config);
  const names = [
    ...new Set([...declarations.map((one) => one.name), ...mistakes.map(({ feed }) => feed)]),
  ].sort();
  if (name !== undefined && !names.includes(name)) {
    const hint = `name one of ${names.join(', ')}; "npm run sluice -- feed init" makes a new one`;
    throw new ErrorWithHint(`there is no feed ${JSON.stringify(name)}`, hint);
  }
  const asked = names.filter((one) => name === undefined || one === name);
  const ledger = server ? await reachLedger('feed', config) : undefined;
  const checked: Checked[] = [];
  for (const one of asked) {
    const declaration = declarations.find((feed) => feed.name === one);
    const misfits = declaration && ledger ? await checkFit(ledger.sql, declaration.load.contract) : [];
    checked.push({ name: one, declaration, mistakes: mistakes.filter(({ feed }) => feed === one), misfits });
  }
  return checked;
}

function asJson(checked: readonly Checked[], right: boolean, { cwd }: Config): string {
  const feeds = checked.map(({ name: feed, declaration, mistakes, misfits }) => ({
    feed,
    expect: declaration?.expect ?? null,
    mistakes: mistakes.map((mistake) => mistakeLine(mistake, cwd)),
    misfits,
  }));
  return JSON.stringify({ right, feeds }, null, 2);
}

function asText(checked: readonly Checked[], { cwd }: Config, screen: Screen): string {
  const { style } = screen;
  return checked
    .map(({ name, declaration, mistakes, misfits }) => {
      const bad = mistakes.length + misfits.filter(isRefused).length;
      const verdict =
        bad > 0
          ? style(['bold', 'red'], `${counted(bad, 'thing')} wrong`)
          : misfits.length > 0
            ? style('yellow', 'right, with warnings')
            : style('green', 'right');
      const table =
        declaration === undefined ? '' : style('dim', `  table ${declaration.load.contract.table}`);
      const expected =
        declaration?.expect && `  ${style('dim', `expects ${expectationText(declaration.expect)}`)}`;
      return [
        `${style('bold', name)}  ${verdict}${table}`,
        ...(expected === undefined ? [] : [expected]),
        ...mistakes.map((mistake) => `  ${printable(mistakeLine(mistake, cwd))}`),
        ...(misfits.length > 0 ? [misfitLines(misfits, screen)] : []),
      ].join('\n');
    })
    .join('\n');
}
