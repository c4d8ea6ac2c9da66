import {
  beginRun,
  type LedgerFeed,
  ledgerFeeds,
  type Proof,
  type RunStart,
  rejectTotals,
  type Sql,
  type Totals,
  totals,
} from '@sluice/ledger';
import { counted, grouped, printable, type stylist, table, tableWithHead } from './printable.ts';
import type { Screen } from './screen.ts';

/** The ledger at one moment. */
export interface Snapshot {
  readonly totals: Totals;
  /** Rejects by reason. */
  readonly rejects: ReadonlyMap<string, number>;
  readonly feeds: readonly FeedSums[];
  /** By this a run that begins here tells its own files later. */
  readonly start: RunStart;
}

export async function snapshot(sql: Sql): Promise<Snapshot> {
  const [sums, rejects, feeds, start] = await Promise.all([
    totals(sql),
    rejectTotals(sql),
    feedSums(sql),
    beginRun(sql),
  ]);
  return { totals: sums, rejects: new Map(rejects.map(({ name, count }) => [name, count])), feeds, start };
}

/** A feed of the ledger, and its sums. */
export interface FeedSums extends LedgerFeed {
  readonly sums: Totals;
}

export async function feedSums(sql: Sql): Promise<FeedSums[]> {
  const found: FeedSums[] = [];
  for (const feed of await ledgerFeeds(sql)) found.push({ ...feed, sums: await totals(sql, feed.feed) });
  return found;
}

/** What happened between two moments. */
export function summary(
  before: Snapshot,
  after: Snapshot,
  seconds: number,
  style: Screen['style'],
  columns: number,
): string {
  const grown = (
    key: 'closed' | 'records' | 'inserted' | 'duplicates' | 'rejects' | 'batches' | 'conflicts',
  ) => after.totals[key] - before.totals[key];
  const reasons = [...after.rejects]
    .map(([name, count]) => ({ name, count: count - (before.rejects.get(name) ?? 0) }))
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${name} ${grouped(count)}`);
  const perSecond = Math.round(grown('inserted') / Math.max(seconds, 0.1));
  const conflicts = grown('conflicts');
  const rows: [string, number, string][] = [
    ['files', grown('closed'), ''],
    ['records', grown('records'), ''],
    ['inserted', grown('inserted'), `${grouped(perSecond)} rows/s`],
    ['duplicates', grown('duplicates'), conflicts > 0 ? `${grouped(conflicts)} with other content` : ''],
    ['rejects', grown('rejects'), ''],
    ['batches', grown('batches'), ''],
  ];
  const lines = table(rows).map((line) => `  ${line}`);
  const listed = listBelow(reasons, columns - 6).map((line) => style('dim', `      ${line}`));
  lines.splice(5, 0, ...listed);
  const title = style('bold', `Done in ${seconds.toFixed(1)} s`);
  return ['', `  ${title}`, '', ...lines, ...byFeed(before, after, style), ''].join('\n');
}

/** What happened to each feed, if it was more than one. */
function byFeed(before: Snapshot, after: Snapshot, style: Screen['style']): string[] {
  const grown = after.feeds.map(({ feed, sums }) => {
    const old = before.feeds.find((one) => one.feed === feed)?.sums;
    return [feed, ...SUMS.map((key) => sums[key] - (old?.[key] ?? 0))];
  });
  const busy = grown.filter(([, files]) => files !== 0);
  return busy.length < 2 ? [] : ['', ...feedTable(busy, style)];
}

const SUMS = ['closed', 'records', 'inserted', 'duplicates', 'rejects'] as const;

function feedTable(rows: readonly (readonly (string | number)[])[], style: Screen['style']): string[] {
  const [head = '', ...lines] = tableWithHead(
    ['feed', 'files', 'records', 'inserted', 'duplicates', 'rejects'],
    rows,
  );
  return [style('bold', head), ...lines].map((line) => `  ${line}`);
}

/** The sums of each feed that has loaded files, if it is more than one. */
export function feedLines(feeds: readonly FeedSums[], style: Screen['style']): string[] {
  const loaded = feeds.filter(({ sums }) => sums.closed > 0);
  if (loaded.length < 2) return [];
  return feedTable(
    loaded.map(({ feed, sums }) => [feed, ...SUMS.map((key) => sums[key])]),
    style,
  );
}

/** The words separated by commas, on lines of at most `room` columns. */
function listBelow(words: readonly string[], room: number): string[] {
  const lines: string[] = [];
  for (const [i, word] of words.entries()) {
    const text = i < words.length - 1 ? `${word},` : word;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + text.length <= room)
      lines[lines.length - 1] = `${last} ${text}`;
    else lines.push(text);
  }
  return lines;
}

const MOST_SHOWN = 20;

/** The problems that the proof found, as a table of at most 20. */
export function problemTable({ problems }: Proof): string {
  const rows = problems
    .slice(0, MOST_SHOWN)
    .map(({ problem, fileNo, name, detail }) => [
      problem,
      fileNo === null ? '' : `file ${fileNo}`,
      printable(name ?? ''),
      detail,
    ]);
  const more = problems.length - rows.length;
  return [...table(rows), ...(more > 0 ? [`... and ${grouped(more)} more (--json shows all)`] : [])].join(
    '\n',
  );
}

const MOST_NAMED = 5;

/** Which files were not read, or not to their end: those that went away, and those that lie there and could not be read. */
export function goneLines({ gone }: Proof): string[] {
  const line = (files: Proof['gone'], what: string, toDo = '') => {
    const names = files.slice(0, MOST_NAMED).map(({ name }) => printable(name));
    const more = files.length > MOST_NAMED ? ', ...' : '';
    return files.length === 0
      ? []
      : [`${counted(files.length, 'file')} ${what}: ${names.join(', ')}${more}${toDo}`];
  };
  const isUnreadable = ({ why }: Proof['gone'][number]) => why === 'unreadable';
  return [
    ...line(
      gone.filter((file) => !isUnreadable(file)),
      'went away before all of it was read',
    ),
    ...line(gone.filter(isUnreadable), 'could not be read', ' (give this account the right to read it)'),
  ];
}

/** The proof in one line: what adds up, or how many problems there are. An open file is not a breach, but not proven either. */
export function proofLine(proof: Proof, sums: Totals, style: ReturnType<typeof stylist>): string {
  const { problems } = proof;
  if (problems.length > 0 && problems.every(({ problem }) => problem === 'open')) {
    const files = counted(problems.length, 'file');
    return `${style(['bold', 'yellow'], 'Not complete yet: ')}${files} still on the way; nothing else is wrong`;
  }
  if (problems.length > 0) {
    return style(['bold', 'red'], `Proof failed: ${counted(problems.length, 'problem')}`);
  }
  const { records, inserted, undone, duplicates, rejects, closed } = sums;
  const taken = undone > 0 ? ` (${grouped(undone)} of them undone)` : '';
  return (
    style(['bold', 'green'], 'Proof holds: ') +
    `${counted(closed, 'file')}, ${counted(records, 'record')} = ${grouped(inserted)} inserted${taken} + ` +
    `${counted(duplicates, 'duplicate')} + ${counted(rejects, 'reject')}`
  );
}
