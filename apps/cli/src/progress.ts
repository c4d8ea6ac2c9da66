import { setTimeout as delay } from 'node:timers/promises';
import { type Totals, totals } from '@sluice/ledger';
import { type FeedStores, readBacklog } from '@sluice/pipeline';
import { messageOf } from '@sluice/process';
import { grouped } from './printable.ts';
import type { Screen } from './screen.ts';

/** What a run has done so far, and what is in progress. `staged` counts records, `queued` counts jobs. */
interface Figures {
  readonly files: number;
  readonly known: number;
  readonly rows: number;
  readonly duplicates: number;
  readonly rejects: number;
  readonly staged: number;
  readonly queued: number;
}

const LIVE_EVERY_MS = 500;
const PLAIN_EVERY_MS = 10_000;
/** After each look the display rests this many times as long as the look took. The ledger's sums take longer with more files. */
const REST_FACTOR = 5;
/** The rate is measured over this time. Commits come in bursts, so a shorter time would show no rate most of the time. */
const RATE_OVER_MS = 30_000;

/** What this run has done so far: the ledger's sums minus those of `before`. */
async function readFigures(stores: FeedStores, before: Totals): Promise<Figures> {
  const [sums, backlog] = await Promise.all([totals(stores.sql), readBacklog(stores)]);
  return {
    files: sums.closed - before.closed,
    known: sums.closed + sums.open - before.closed,
    rows: sums.inserted - before.inserted,
    duplicates: sums.duplicates - before.duplicates,
    rejects: sums.rejects - before.rejects,
    staged: backlog.waitingRecords,
    queued: backlog.parses + backlog.inserts,
  };
}

/**
 * Rows per second between the oldest and the newest look within {@link RATE_OVER_MS}.
 * @internal exported for its test
 */
export class Rate {
  #looks: { at: number; rows: number }[] = [];

  add(at: number, rows: number): number {
    this.#looks.push({ at, rows });
    // One look older than the span is kept, so that the span is always covered.
    while ((this.#looks[1]?.at ?? at) < at - RATE_OVER_MS) this.#looks.shift();
    const [oldest] = this.#looks;
    if (oldest === undefined || oldest.at === at) return 0;
    return Math.round(((rows - oldest.rows) / (at - oldest.at)) * 1000);
  }
}

/** The figures as parts of a line. The higher the `rank`, the less important the part. */
function parts(now: Figures, rate: number): { text: string; rank: number }[] {
  const files = now.known > now.files ? `${grouped(now.files)}/${grouped(now.known)}` : grouped(now.files);
  return [
    { text: `${files} files`, rank: 1 },
    { text: `${grouped(now.rows)} rows`, rank: 0 },
    { text: `${grouped(rate)}/s`, rank: 2 },
    { text: `staged ${grouped(now.staged)}`, rank: 3 },
    { text: `queued ${grouped(now.queued)}`, rank: 4 },
    { text: `dup ${grouped(now.duplicates)}`, rank: 6 },
    { text: `rejects ${grouped(now.rejects)}`, rank: 5 },
  ];
}

/**
 * The figures in fewer than `columns` columns. The least important ones are left out if they do not fit.
 * @internal exported for its test
 */
export function progressLine(now: Figures, rate: number, columns: number): string {
  const all = parts(now, rate);
  for (let ranks = all.length; ranks > 0; ranks--) {
    const line = all
      .filter(({ rank }) => rank < ranks)
      .map(({ text }) => text)
      .join(' · ');
    if (line.length < columns) return line;
  }
  return '';
}

/** The figures as a log line. */
function plainLine(now: Figures, rate: number): string {
  const time = new Date().toISOString().slice(11, 19);
  return `${time}Z  ${parts(now, rate)
    .map(({ text }) => text)
    .join(', ')}`;
}

/** Shows the progress until `until` fires: on a terminal in place twice a second, elsewhere a line every 10 s after a change. */
export async function showProgress(
  stores: FeedStores,
  before: Totals,
  screen: Screen,
  until: AbortSignal,
): Promise<void> {
  const rate = new Rate();
  const sluice = ['≈~ ', '~≈ '];
  let told = '';
  for (let look = 0; !until.aborted; look++) {
    const began = performance.now();
    let line: string;
    try {
      const now = await readFigures(stores, before);
      const perSecond = rate.add(began, now.rows);
      line = progressLine(now, perSecond, screen.columns - 4);
      const figures = JSON.stringify(now);
      if (!screen.live && figures !== told && look > 0) screen.say(plainLine(now, perSecond));
      told = figures;
    } catch (error) {
      const reason = messageOf(error);
      line = `no figures now: ${reason}`.slice(0, screen.columns - 5);
    }
    if (!until.aborted) screen.show(`${screen.style('cyan', sluice[look % 2] ?? '')}${line}`);
    const took = performance.now() - began;
    const rest = Math.max(screen.live ? LIVE_EVERY_MS - took : PLAIN_EVERY_MS, took * REST_FACTOR);
    await delay(rest, undefined, { signal: until }).catch(() => undefined);
  }
  screen.show('');
}
