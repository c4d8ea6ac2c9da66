import { type Contract, type ContractNo, events, feedOf, rejectTexts } from '@sluice/core';
import {
  contractOf,
  countRejects,
  type LedgerFeed,
  type LedgerReject,
  ledgerFeeds,
  listRejects,
  type RejectCount,
  type RejectFilter,
  type Sql,
  type StrayQuoteFiles,
  strayQuoteFiles,
  versionsOf,
} from '@sluice/ledger';
import { exportFeed, onlyFeedWithRejects, rejectedValue } from '@sluice/pipeline/without-redis';
import { ErrorWithHint } from '@sluice/process';
import { type Command, InvalidArgumentError } from 'commander';
import { reachLedger } from '../connect.ts';
import { feedGiven, ledgerNameOf } from '../named-file.ts';
import { jsonArray, writeOut } from '../output.ts';
import { counted, fitted, grouped, printable, shellWord, wrapped } from '../printable.ts';
import { lineCell, reasonTable, rejectTable } from '../reject-table.ts';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';
import { since } from '../since.ts';
import { strayQuoteLines } from '../stray-quotes.ts';

interface Given {
  readonly feed?: string;
  readonly file?: string;
  readonly reason?: string;
  readonly since?: Date;
  readonly all?: true;
  readonly limit?: number;
  readonly csv?: true;
  readonly spreadsheet?: true;
  readonly json?: true;
}

const MOST_SHOWN = 100;
const MOST_FILES = 10;

/** Adds `rejects`, which lists the rejected records, to look at or to correct. */
export function addRejects(program: Command): void {
  program
    .command('rejects')
    .description(
      'List the records that could not be rows, newest file first; or export them, to be corrected.',
    )
    .option('--feed <name>', 'only of this feed; an export is of one feed')
    .option('--file <name>', 'only of files of this name')
    .option('--reason <code>', 'only with this reason')
    .option('--since <when>', 'only committed since: 2h, 7d, 2026-11-04 or 2026-11-04T12:00:00Z', since)
    .option('--all', 'also those that were resubmitted, or that belong to a file that was undone or replayed')
    .option('--limit <n>', `at most so many (the table alone stops at ${MOST_SHOWN})`, count)
    .option('--csv', 'as CSV, with a column for each field: correct it, then "resubmit" it')
    .option('--spreadsheet', 'as CSV for spreadsheet programs, which calculate nothing in it')
    .option('--json', 'as a JSON array')
    .addHelpText(
      'after',
      `
To correct rejects, export them, change the values in the columns of the fields,
delete the lines that are to stay rejects, and hand the file to "resubmit". A
cell is empty where it is not certain what stood in it: then see "raw".
In a spreadsheet program import every column as text, so that it changes no
value by itself. --spreadsheet puts a ' before what begins like a formula and
says so in the column "escaped"; "resubmit" takes it off again.

Exit codes: 0 listed, or there are none, 2 could not run.

Reasons of events: ${wrapped(Object.keys(rejectTexts(events)).join(', '), 70).join('\n         ')}

Examples:
  npm run sluice -- rejects --since 24h
  npm run sluice -- rejects --file events_20261104.csv --reason invalid_timestamp
  npm run --silent sluice -- rejects --csv > rejects.csv
  npm run --silent sluice -- rejects --feed orders --csv > rejects.csv
  npm run --silent sluice -- rejects --spreadsheet > rejects.csv
  npm run --silent sluice -- rejects --json | jq '.[].reason'`,
    )
    .action((given: Given) =>
      runCommand('rejects', async ({ config, stopping }) => {
        if (given.json && (given.csv || given.spreadsheet)) {
          throw new ErrorWithHint('--json and --csv are two forms of one thing', 'choose one of them');
        }
        const { sql } = await reachLedger('rejects', config);
        const feeds = await ledgerFeeds(sql);
        const contracts = new Contracts(sql, feeds);
        const filter = await filterOf(given, sql, contracts);
        const data = given.csv || given.spreadsheet || given.json;
        const limit = given.limit ?? (data ? Number.POSITIVE_INFINITY : MOST_SHOWN);
        const rejects = listRejects(sql, filter, { settled: given.all === true, limit });
        if (given.json) await writeOut(jsonArray(asJson(rejects)), stopping);
        else if (data) {
          const feed = filter.feed ?? (await onlyFeedWithRejects({ sql }));
          const o = { spreadsheet: given.spreadsheet === true, settled: given.all === true, limit };
          await writeOut(exportFeed(feed, filter, o, { sql }), stopping);
        } else {
          const { file, feed } = filter;
          const stray = await strayQuoteFiles(sql, { file, feed, limit: MOST_FILES });
          const shown = await Array.fromAsync(rejects);
          const values = new Map<LedgerReject, string>();
          for (const reject of shown)
            values.set(reject, rejectedValue(reject, await contracts.of(reject.contractNo)));
          showTable(shown, await countRejects(sql, filter), stray, values, given);
        }
        return 0;
      }),
    );
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('allowed: a whole number from 1 on.');
}

/** Contracts by their number, and the active ones by feed. */
class Contracts {
  readonly #sql: Sql;
  readonly #feeds: readonly LedgerFeed[];

  constructor(sql: Sql, feeds: readonly LedgerFeed[]) {
    this.#sql = sql;
    this.#feeds = feeds;
  }

  async of(no: ContractNo | null): Promise<Contract> {
    const found = await contractOf(this.#sql, no);
    if (found === undefined) throw new Error(`the ledger has no contract ${no}`);
    return found.load.contract;
  }

  async ofFeed(feed: string): Promise<Contract> {
    return await this.of(this.#feeds.find((one) => one.feed === feed)?.contractNo ?? null);
  }

  /** The codes that a reject can have in any feed. */
  async codes(): Promise<string[]> {
    const contracts = await Promise.all(this.#feeds.map(({ feed }) => this.ofFeed(feed)));
    return [...new Set(contracts.flatMap((contract) => Object.keys(rejectTexts(contract))))];
  }
}

async function filterOf(
  { feed: named, file, reason, since: from }: Given,
  sql: Sql,
  contracts: Contracts,
): Promise<RejectFilter> {
  const codes = reason === undefined ? [] : await contracts.codes();
  if (reason !== undefined && !codes.includes(reason))
    throw new ErrorWithHint(`--reason: got ${JSON.stringify(reason)}`, `allowed: ${codes.join(', ')}`);
  const feed = await feedGiven(named, sql);
  const name = file === undefined ? undefined : await ledgerNameOf(file, feed, sql);
  if (name !== undefined && (await versionsOf(sql, name)).length === 0) {
    throw new ErrorWithHint(`no file ${JSON.stringify(name)} has been loaded`, 'check the name');
  }
  return { feed: feed ?? (name === undefined ? undefined : feedOf(name)), file: name, reason, since: from };
}

async function* asJson(rejects: AsyncIterable<LedgerReject>): AsyncGenerator<object> {
  for await (const { rules: _, columns: __, ...reject } of rejects) yield reject;
}

function showTable(
  rejects: readonly LedgerReject[],
  counts: readonly RejectCount[],
  stray: StrayQuoteFiles,
  values: ReadonlyMap<LedgerReject, string>,
  given: Given,
): void {
  const { all } = given;
  const screen = new Screen();
  const { style } = screen;
  const columns = process.stdout.isTTY ? screen.columns : undefined;
  const shown = (reject: LedgerReject) => ({
    ...{ ...reject, value: values.get(reject) ?? '' },
    ...(all && { note: stateOf(reject) }),
  });
  const text: string[] = [];
  if (columns === undefined) {
    const rows = rejects.map((reject) => ({ ...shown(reject), where: [reject.file, lineCell(reject)] }));
    if (rows.length > 0)
      text.push(...rejectTable(rows, ['file', 'line'], { columns, style, below: 'raw' }), '');
  } else {
    for (const own of Map.groupBy(rejects, ({ fileNo }) => fileNo).values()) {
      const [first] = own;
      if (first === undefined) continue;
      const rows = own.map((reject) => ({ ...shown(reject), where: [lineCell(reject)] }));
      text.push(
        style(['bold', 'cyan'], fitted(printable(first.file), columns - 20)) +
          style('dim', `  file ${first.fileNo}`),
      );
      text.push(...rejectTable(rows, ['line'], { columns, style, below: 'raw' }), '');
    }
  }
  text.push(
    ...totalLines(
      rejects.length,
      counts,
      { all: all === true, exported: exportOf(given), limited: given.limit !== undefined },
      screen,
    ),
  );
  if (stray.count > 0) text.push('', ...strayQuoteLines(stray, columns, style));
  screen.say(text.join('\n'));
}

/** The options that export what is listed, as words of a shell. */
function exportOf({ feed, file, reason, since: from }: Given): string[] {
  const options = { feed, file, reason, since: from?.toISOString() };
  return Object.entries(options).flatMap(([word, value]) =>
    value === undefined ? [] : [`--${word}`, shellWord(value)],
  );
}

function stateOf({ state, resubmittedAt }: LedgerReject): string {
  const at = resubmittedAt?.toISOString().slice(0, 16).replace('T', ' ');
  return at === undefined ? state : `resubmitted ${at}`;
}

const SETTLED = {
  resubmitted: 'resubmitted',
  undone: 'of files that were undone',
  replayed: 'of files that were replayed',
} as const;

function totalLines(
  shown: number,
  counts: readonly RejectCount[],
  {
    all,
    exported,
    limited,
  }: { readonly all: boolean; readonly exported: readonly string[]; readonly limited: boolean },
  { style, columns }: Screen,
): string[] {
  const open = counts.filter(({ state }) => all || state === 'open');
  const total = open.reduce((sum, one) => sum + one.count, 0);
  const byReason = Map.groupBy(open, ({ code, expected }) => `${code}\n${expected}`).values();
  const rows = [...byReason].map((own): [string, number, string] => [
    own[0]?.code ?? '',
    own.reduce((sum, one) => sum + one.count, 0),
    own[0]?.expected ?? '',
  ]);
  const settled = (Object.keys(SETTLED) as (keyof typeof SETTLED)[]).flatMap((state) => {
    const own = counts.filter((one) => one.state === state).reduce((sum, one) => sum + one.count, 0);
    return own === 0 ? [] : [`${grouped(own)} ${SETTLED[state]}`];
  });
  return [
    style('bold', total === 0 ? 'No rejects' : `${counted(total, 'reject')}, and what was expected`) +
      (shown < total ? `  ${style('dim', `(shown: ${grouped(shown)})`)}` : ''),
    ...reasonTable(rows, process.stdout.isTTY ? columns : undefined),
    ...(settled.length > 0 && !all ? [`Besides: ${settled.join(', ')} (--all shows them)`] : []),
    ...(total > 0 && !all
      ? [
          '',
          'To correct them, export them, change the values, and hand them in:',
          `  npm run --silent sluice -- rejects${exported.map((word) => ` ${word}`).join('')} --csv > rejects.csv`,
          '  npm run sluice -- resubmit rejects.csv',
        ]
      : []),
    ...(shown < total && !limited
      ? [style('dim', '--limit shows more, --csv and --json have all of them')]
      : []),
  ];
}
