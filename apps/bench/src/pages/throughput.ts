import { aligned } from '../figures.ts';
import { MEMORY_GOAL_MIB } from '../large-file.ts';
import type { Timed } from '../rounds.ts';
import type { Throughput } from '../throughput.ts';

/** The result for people: what was measured, and how. */
export function throughputPage(result: Throughput): string {
  const { what, files, records, rows, workers, ratio, cpu, copyCpu, memory, settings } = result;
  const perSecond = (value: number) => String(Math.round(value));
  const rounds = result.rounds.map(({ pipeline, copy, ratio }, i) => [
    `round ${i + 1}`,
    ...[perSecond(records / pipeline.seconds), perSecond(rows / copy.seconds), ratio.toFixed(3)],
    ...[pipeline.seconds.toFixed(2), told(pipeline, 'firstCommit', 2), told(pipeline, 'commits', 0)],
  ]);
  const heading = ['', 'records/s', 'raw COPY, rows/s', 'ratio', 'seconds', 'first commit', 'commits'];
  const medians = [perSecond(result.recordsPerSecond), perSecond(result.copyRowsPerSecond), ratio.toFixed(3)];
  const parts = Object.keys(cpu).map((part) => [
    part,
    ...[cpu[part]?.toFixed(1) ?? '', copyCpu[part]?.toFixed(1) ?? '', memory[part]?.toFixed(0) ?? ''],
  ]);
  const times = (cpu.all ?? 0) / (copyCpu.all ?? 0);
  return `
${files} ${files === 1 ? 'file' : 'files'}, ${records} records: ${what}.

${aligned([heading, ...rounds, ['median', ...medians, '', '', '']])}

${aligned([['CPU, us a record', 'pipeline', 'raw COPY', 'peak MiB'], ...parts, ['by COPY', times.toFixed(2), '', '']])}

The files are renamed into the source at time 0, old enough to be read at once; the clock stops when the ledger has closed all of them.
One watcher, ${workers} workers, warmed up by a small load: ${Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}.
COPY takes the ${rows} rows that must be in the table, in one transaction, into an empty table with the same columns, key and indexes.
Each round has a new database. Every row, reject and count was checked afterwards, and verify is clean.
`;
}

/** The same of one large file, with a verdict on the memory. */
export function largeFilePage(result: Throughput): string {
  const { watcher = 0, workers = 0 } = result.memory;
  const verdict = Math.max(watcher, workers) < MEMORY_GOAL_MIB ? 'yes' : 'NO';
  return `${throughputPage(result)}
Watcher and each worker below ${MEMORY_GOAL_MIB} MiB: ${verdict} (${watcher.toFixed(0)} and at most ${workers.toFixed(0)} MiB).
`;
}

function told(timed: Timed, name: string, decimals: number): string {
  const value = timed[name];
  return typeof value === 'number' ? value.toFixed(decimals) : '';
}
