import { aligned } from '../figures.ts';
import type { Env } from '../fleet.ts';
import type { Latency } from '../latency.ts';

/** From landed to committed, for people. */
export function latencyPage({ fileRows, workers, seconds, steady, burst }: Latency): string {
  const s = (value: number) => value.toFixed(2);
  const rows = steady.map(({ rate, settings, p50, p99, rounds }) => [
    `${rate} rows/s, ${settingsText(settings)}`,
    ...[s(p50), s(p99), rounds.map((round) => s(round.p99)).join(' ')],
    ...[s(Math.max(...rounds.map(({ worst }) => worst))), s(Math.max(...rounds.map(({ cores }) => cores)))],
  ]);
  return `
${aligned([['landed to committed, s', 'p50', 'p99', 'p99 of each round', 'worst', 'cores'], ...rows])}

A burst of ${burst.rows} rows with the default settings: complete after ${s(burst.complete)} s; its last rows were committed ${s(burst.lastWait)} s
after those before them (${burst.rounds.map((round) => s(round.lastWait)).join(', ')}).

Files of ${fileRows} rows are renamed into the source at a steady rate; those of ${seconds} s are measured, while more land before and after
them. One watcher, ${workers} workers. The time of a commit is that which PostgreSQL keeps for it; the flush of its log comes after that.
Every row was checked afterwards, and verify is clean.
`;
}

function settingsText(settings: Env): string {
  const texts = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return texts.length === 0 ? 'default settings' : texts.join(' ');
}
