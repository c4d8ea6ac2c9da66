import { countsOf, ledgerFeeds, type Proof, type Sql, type Totals, totals } from '@sluice/ledger';
import { counted, grouped, printable, type stylist, table, tableWithHead } from './printable.ts';
import type { Screen } from './screen.ts';

/** The ledger at one moment. */
export interface Snapshot {
  readonly totals: Totals;
  /** Rejects by reason. */
  readonly rejects: ReadonlyMap<string, number>;
  readonly feeds: ReadonlyMap<string, Totals>;
}

export async function snapshot(sql: Sql): Promise<Snapshot> {
  const [sums, rejects, feeds] = await Promise.all([
    totals(sql),
    countsOf(sql, 'reject'),
    totalsOfFeeds(sql),
  ]);
  return { totals: sums, rejects: new Map(rejects.map(({ name, count }) => [name, count])), feeds };
}

/** The sums of each feed that the ledger knows, by name. */
async function totalsOfFeeds(sql: Sql): Promise<Map<string, Totals>> {
  const sums = new Map<string, Totals>();
  for (const { feed } of await ledgerFeeds(sql)) sums.set(feed, await totals(sql, feed));
  return sums;
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
  const keys = ['closed', 'records', 'inserted', 'duplicates', 'rejects'] as const;
  const rows = [...after.feeds].map(([feed, sums]) => [
    feed,
    ...keys.map((key) => sums[key] - (before.feeds.get(feed)?.[key] ?? 0)),
  ]);
  const busy = rows.filter(([, files]) => files !== 0);
  if (busy.length < 2) return [];
  const [head = '', ...lines] = tableWithHead(
    ['feed', 'files', 'records', 'inserted', 'duplicates', 'rejects'],
    busy,
  );
  return ['', ...[style('bold', head), ...lines].map((line) => `  ${line}`)];
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
