import { availableParallelism } from 'node:os';
import { printDuration } from '@sluice/runtime';
import type { Throughput } from './throughput.ts';

const durations = new Set(['FLUSH_INTERVAL']);

const rate = (rows: number, seconds: number): number => Math.round(rows / seconds);

const ratioOf = ({ pipeline, copy }: Throughput): number => copy.seconds / pipeline.seconds;

/** The result for a program: seconds, rows, and the ratio of the two rates. */
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

/** The result for a reader: what was measured, and how. */
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

function aligned(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number) =>
    i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  return table.map((row) => row.map(cell).join('   ')).join('\n');
}
