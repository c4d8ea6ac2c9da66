import { aligned } from '../figures.ts';
import { KINDS } from '../loads/kinds.ts';
import type { Throughput } from '../throughput.ts';

/** The result for people: what was measured, and how. */
export function throughputPage(result: Throughput): string {
  const { load, records, rows, ratio, cpuPerRecord, memory } = result;
  const perSecond = (value: number) => String(Math.round(value));
  const rounds = result.rounds.map((round, i) => [
    `round ${i + 1}`,
    perSecond(records / round.pipeline.seconds),
    perSecond(rows / round.copy.seconds),
    round.ratio.toFixed(3),
    round.pipeline.seconds.toFixed(2),
    round.pipeline.firstCommit.toFixed(2),
    String(round.pipeline.commits),
  ]);
  const heading = ['', 'records/s', 'raw COPY, rows/s', 'ratio', 'seconds', 'first commit', 'commits'];
  const medians = [
    'median',
    perSecond(result.recordsPerSecond),
    perSecond(result.copyRowsPerSecond),
    ratio.toFixed(3),
    '',
    '',
    '',
  ];
  const { copy = 0, sum = 0, ...parts } = cpuPerRecord;
  const cpu = Object.entries(parts).map(([part, us]) => [part, us.toFixed(1), memoryOf(memory[part])]);
  return `
${load.files} files of ${load.rows} records: ${KINDS[load.load].what}.

${aligned([heading, ...rounds, medians])}

${aligned([['CPU of the pipeline', 'us/record', 'peak MiB'], ...cpu, ['all of it', sum.toFixed(1), ''], ['raw COPY', copy.toFixed(1), ''], ['all by COPY', (sum / copy).toFixed(2), '']])}

The files (seed ${load.seed}) are renamed into the source at time 0, old enough to be read at once; the clock stops when the ledger has
closed all of them. One watcher, ${load.workers} workers, warmed up by a small load: ${settingsOf(result)}.
COPY takes the ${rows} rows that must be in the table, in one transaction, into an empty table with the same columns, key and indexes.
Each round has a new database. Every row, reject and count was checked afterwards, and verify is clean.
`;
}

const memoryOf = (mib: number | undefined): string => (mib === undefined ? '' : mib.toFixed(0));

const settingsOf = ({ settings }: Throughput): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
