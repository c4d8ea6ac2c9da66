import { availableParallelism } from 'node:os';
import { printDuration } from '@sluice/process';
import { QUERY_GOAL_MS, type QueryTime } from './dashboard.ts';
import { STALL_KINDS } from './stall-kinds.ts';
import { STALL_GOAL_MS, type Stalls } from './stalls.ts';
import type { Throughput } from './throughput.ts';

const durations = new Set(['FLUSH_INTERVAL']);

const rate = (rows: number, seconds: number): number => Math.round(rows / seconds);

const ratioOf = ({ pipeline, copy }: Throughput): number => copy.seconds / pipeline.seconds;

/** The result for programs: seconds, rows, and the ratio of the two rates. */
export function asJson(result: Throughput): string {
  const { rows, pipeline, copy } = result;
  const figures = {
    ...result,
    pipeline: { ...pipeline, rowsPerSecond: rate(rows, pipeline.seconds) },
    copy: { ...copy, rowsPerSecond: rate(rows, copy.seconds) },
    ratio: ratioOf(result),
  };
  return `${JSON.stringify(figures, null, 2)}\n`;
}

/** The result for people: what was measured, and how. */
export function asTable(result: Throughput): string {
  const { load, rows, pipeline, copy, cpu, servers } = result;
  const row = (name: string, seconds: number) => [
    name,
    String(rows),
    seconds.toFixed(2),
    String(rate(rows, seconds)),
  ];
  const cpuRow = ([name, seconds]: [string, number]) => [
    name,
    seconds.toFixed(2),
    ((seconds / rows) * 1e6).toFixed(1),
    `${Math.round((100 * seconds) / pipeline.seconds)} %`,
  ];
  const settings = Object.entries(result.settings)
    .map(([name, value]) => `${name}=${durations.has(name) ? printDuration(value) : value}`)
    .join(' ');
  return `
${aligned([['', 'rows', 'seconds', 'rows/s'], row('pipeline, drop to commit', pipeline.seconds), row('raw COPY, one transaction', copy.seconds)])}

ratio: ${ratioOf(result).toFixed(3)} of raw COPY

${aligned([['CPU time, pipeline', 'seconds', 'us/row', 'of a core'], ...Object.entries(cpu).map(cpuRow)])}

${load.files} files of ${load.rows} rows (seed ${load.seed}), renamed into the source folder at time 0, old enough to be read at once;
the clock stopped when the ledger had closed all of them. First commit after ${pipeline.firstCommit.toFixed(2)} s; ${pipeline.commits} commits of ${Math.round(rows / pipeline.commits)} rows on average.
One watcher, ${load.workers} workers: ${settings}.
PostgreSQL ${servers.postgres} (durable), Redis ${servers.redis}, ${availableParallelism()} CPUs. COPY went into an empty table with the same
columns, key and indexes. A small load warmed the apps up before. Every row was checked afterwards, and verify is clean.
`;
}

/** The longest stalls, for people. */
export function stallsAsTable(results: readonly Stalls[], mib: number): string {
  const row = (result: Stalls) => [
    result.kind,
    result.mibPerSecond.toFixed(1),
    String(Math.round(result.recordsPerSecond)),
    result.longestStallMs.toFixed(1),
    result.longestWorkMs.toFixed(1),
    String(Math.round(result.peakMemoryMib)),
    result.longestWorkMs <= STALL_GOAL_MS ? 'yes' : 'NO',
  ];
  const heading = [
    '',
    'MiB/s',
    'records/s',
    'longest stall, ms',
    'of its own',
    'peak MiB',
    `within ${STALL_GOAL_MS} ms`,
  ];
  const faults = results.flatMap(({ kind, fault }) =>
    fault === null ? [] : [`${kind} was read up to a fault: ${fault}`],
  );
  const measured = new Set(results.map(({ kind }) => kind));
  const kinds = STALL_KINDS.filter(({ name }) => measured.has(name)).map(({ name, what }) => [name, what]);
  return `
${aligned([heading, ...results.map(row)])}
${faults.map((line) => `\n${line}`).join('')}
A stall is a time in which the process does nothing else: the goal is ${STALL_GOAL_MS} ms at most. Each kind of content was read
four files at once in one process, ${mib} MiB of text each. The verdict is on the stalls of its own making, in CPU time:

${kinds.map(([name = '', what]) => `  ${name.padEnd(12)}${what}`).join('\n')}
`;
}

/** The times of the dashboard's queries, for people. */
export function queriesAsTable(times: readonly QueryTime[]): string {
  const row = ({ name, median, worst }: QueryTime) => [
    name,
    median.toFixed(1),
    worst.toFixed(1),
    median <= QUERY_GOAL_MS ? 'yes' : 'NO',
  ];
  return `\n${aligned([['', 'median, ms', 'worst', `within ${QUERY_GOAL_MS} ms`], ...times.map(row)])}\n\n`;
}

function aligned(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number) =>
    i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  return table.map((row) => row.map(cell).join('   ')).join('\n');
}
