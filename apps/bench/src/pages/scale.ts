import { aligned } from '../figures.ts';
import type { Scale } from '../scale.ts';

/** How more workers help, and what an idle fleet costs, for people. */
export function scalePage({ wait, scale, idle }: Scale): string {
  const rows = scale.map(({ workers, recordsPerSecond, linear, rounds }) => [
    String(workers),
    ...[
      String(Math.round(recordsPerSecond)),
      linear.toFixed(2),
      rounds.map((rate) => Math.round(rate)).join(' '),
    ],
  ]);
  const parts = Object.entries(idle.percent).map(([part, percent]) => [part, `${percent.toFixed(2)} %`]);
  return `
${aligned([['workers', 'records/s', 'of linear', 'each round'], ...rows])}

Each transaction that commits rows waits ${wait} ms on the server, which costs no CPU, so that only the workers are the limit. The rate is
that between a fifth and four fifths of the load. Every row was checked afterwards, and verify is clean.

${aligned([['idle fleet', 'of a core'], ...parts])}

An empty folder, one watcher, ${idle.workers} workers, the default settings, for ${idle.seconds} s.
`;
}
