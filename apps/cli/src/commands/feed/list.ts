import { readFeeds } from '@sluice/feeds';
import { type Sql, type Totals, totals } from '@sluice/ledger';
import { expectationText, missedExpectations, missedText } from '@sluice/pipeline/without-redis';
import type { Command } from 'commander';
import { shownFolder } from '../../banner.ts';
import { answerOf, reachLedger } from '../../connect.ts';
import { type FeedState, type KnownFeed, stateOf } from '../../feed-state.ts';
import { knownFeeds } from '../../known-feeds.ts';
import { fitted, printable, tableWithHead } from '../../printable.ts';
import { runCommand } from '../../run-command.ts';
import { Screen } from '../../screen.ts';

/** Adds `feed list`, which shows all feeds. */
export function addList(feed: Command): void {
  feed
    .command('list')
    .description('List the feeds: where their files come from, which table they fill, and their state.')
    .option('--json', 'as a JSON array')
    .addHelpText(
      'after',
      `
States: active; changed (its YAML is not in use yet); outdated (a newer YAML is in use); wrong YAML
(what was right before stays in use); set aside (its table does not fit: nothing is loaded until it
does); not in use; retired (no YAML: what is open is loaded, and nothing new is registered).

Exit codes: 0 listed, 2 could not run.

Examples:
  npm run sluice -- feed list
  npm run --silent sluice -- feed list --json | jq '.[] | select(.state != "active")'`,
    )
    .action(({ json }: { json?: true }) =>
      runCommand('feed list', async ({ config }) => {
        const { sql, url } = await reachLedger('feed', config);
        const rows: Listed[] = [];
        for (const feed of await knownFeeds(await readFeeds(config), sql))
          rows.push({
            feed,
            sums: await answerOf(url, totals(sql, feed.name)),
            missed: await missedOf(feed, sql),
          });
        const screen = new Screen();
        screen.say(json ? JSON.stringify(rows.map(asJson), null, 2) : asText(rows, screen));
        return 0;
      }),
    );
}

interface Listed {
  readonly feed: KnownFeed;
  readonly sums: Totals;
  /** What has not come, if files of it are expected; '' while none is missed. */
  readonly missed: string;
}

async function missedOf({ inLedger }: KnownFeed, sql: Sql): Promise<string> {
  const [missed] = inLedger === undefined ? [] : await missedExpectations(sql, [inLedger]);
  return missed === undefined ? '' : missedText(missed);
}

/** What a feed is by its YAML; where that is wrong or gone, what is in use. */
function about({ declaration, active, inLedger }: KnownFeed) {
  const contract = declaration?.load.contract ?? active?.contract;
  return {
    source: declaration?.source ?? inLedger?.source ?? null,
    files: declaration?.files ?? [],
    table: contract?.table ?? null,
    duplicates: contract?.duplicates ?? null,
    contract: inLedger?.contractNo ?? null,
    expect: inLedger?.expect ?? declaration?.expect ?? null,
  };
}

function asJson({ feed, sums, missed }: Listed): object {
  const { open, closed: loaded, inserted, undone } = sums;
  return { feed: feed.name, ...stateOf(feed), ...about(feed), open, loaded, rows: inserted - undone, missed };
}

const COLORS: Readonly<Record<FeedState, 'green' | 'dim' | 'yellow' | 'red'>> = {
  active: 'green',
  retired: 'dim',
  changed: 'yellow',
  'not in use': 'yellow',
  outdated: 'red',
  'set aside': 'red',
  'wrong YAML': 'red',
};

/** Two lines for each feed, and more where files of it are expected, and where its state needs a reason. */
function asText(rows: readonly Listed[], { style, columns }: Screen): string {
  const room = process.stdout.isTTY ? columns - 3 : Number.POSITIVE_INFINITY;
  const [head = '', ...lines] = tableWithHead(
    ['feed', 'table', 'mode', 'contract', 'open', 'loaded', 'rows', 'state'],
    rows.map(({ feed, sums }) => {
      const { table, duplicates, contract } = about(feed);
      const counts = [sums.open, sums.closed, sums.inserted - sums.undone];
      return [feed.name, table ?? '', duplicates ?? '', contract ?? '', ...counts, stateOf(feed).state];
    }),
  );
  return [
    style('bold', head),
    ...rows.flatMap(({ feed, missed }, i) => {
      const { source, files, expect } = about(feed);
      const expected = expect === null ? '' : `expects ${expectationText(expect)}`;
      const { state, why } = stateOf(feed);
      const line = lines[i] ?? '';
      const at = line.length - state.length;
      const where =
        source === null ? '' : `${shownFolder(source)}${files.length > 0 ? `: ${files.join(', ')}` : ''}`;
      return [
        line.slice(0, at) + style(COLORS[state], line.slice(at)),
        ...(where === '' ? [] : [`  ${style('dim', fitted(printable(where), room))}`]),
        ...(expected === '' ? [] : [`  ${style('dim', fitted(expected, room))}`]),
        ...(missed === '' ? [] : [`  ${style('yellow', fitted(missed, room))}`]),
        ...(why === '' ? [] : [`  ${style(COLORS[state], fitted(printable(why), room))}`]),
      ];
    }),
  ].join('\n');
}
