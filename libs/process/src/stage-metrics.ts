import { Counter } from 'prom-client';
import { addHistogram, type Metrics } from './metrics.ts';
import { DURATION_BOUNDS, type Stage, type Tally, tallies } from './stage-tallies.ts';

/** What is counted, and in which stages. */
const COUNTED: readonly {
  readonly of: 'files' | 'bytes' | 'records' | 'rows';
  readonly help: string;
  readonly stages: readonly Stage[];
}[] = [
  {
    of: 'files',
    help: 'Files that this process has registered (scan), read (parse) or completed (insert)',
    stages: ['scan', 'parse', 'insert'],
  },
  {
    of: 'bytes',
    help: 'Size of the files that this process has registered (scan) or read (parse)',
    stages: ['scan', 'parse'],
  },
  {
    of: 'records',
    help: 'Records that this process has read (parse), taken into micro-batches (flush) or committed (insert)',
    stages: ['parse', 'flush', 'insert'],
  },
  { of: 'rows', help: 'Rows that this process has inserted', stages: ['insert'] },
];

/** Adds what the stages of this process have done since it began. */
export function addStages(metrics: Metrics, own: readonly Stage[]): void {
  for (const { of, help, stages } of COUNTED) {
    const counts = stages.filter((stage) => own.includes(stage));
    if (counts.length === 0) continue;
    const counter = new Counter({
      name: `sluice_stage_${of}_total`,
      help,
      labelNames: ['stage'],
      registers: [metrics],
      collect: () => {
        counter.reset();
        for (const stage of counts) counter.inc({ stage }, tallies[stage][of]);
      },
    });
  }
  const durations = { name: 'sluice_stage_duration_seconds', bounds: DURATION_BOUNDS };
  const help =
    'How long one scan of a folder, the parse of a file, a flush or an insert took in this process, its waits included';
  addHistogram(metrics, { ...durations, help }, () => own.map((stage) => shown(stage, tallies[stage])));
}

function shown(stage: Stage, { durations, seconds }: Tally) {
  return { labels: { stage }, buckets: durations, seconds };
}
