import { ledgerSeries } from '@sluice/ledger';
import type { FeedStores } from '@sluice/pipeline';
import type { z } from 'zod';
import { spanOf } from './ranges.ts';
import { iso, route } from './route.ts';
import { rangeQuery, series } from './schemas.ts';

type Mark = z.infer<typeof series>['marks'][number];

export const seriesRoute = route({
  method: 'GET',
  path: '/api/series',
  summary: 'What happened over a range of time, in columns for a plot',
  query: rangeQuery,
  answer: series,
  answerTo: async ({ query: { feed, ...asked } }, { servers, stores }) => {
    const { from, to, stepSeconds: step, fixed } = spanOf(asked);
    const [ledger, staged, marks] = await Promise.all([
      servers.ask('postgres', () => ledgerSeries(stores.sql, from, step, feed ?? null, fixed ? to : null)),
      // What is staged is not told apart by feed.
      feed === undefined ? servers.askOrNull('redis', () => stores.staging.records()) : [],
      servers.askOrNull('redis', () => marksIn(from, to, stores)),
    ]);
    const begin = from.getTime() / 1000;
    const end = to.getTime() / 1000;
    const time = Array.from({ length: Math.ceil((end - begin) / step) }, (_, i) => begin + i * step);
    const commits = new Map(ledger.commits.map((one) => [one.at, one]));
    const latency = new Map(ledger.latency.map((one) => [one.at, one.seconds]));
    const read = new Map(ledger.read.map((one) => [one.at, one.records]));
    for (const { at, records } of staged ?? []) {
      const stepBegin = Math.floor(at / 1000 / step) * step;
      read.set(stepBegin, (read.get(stepBegin) ?? 0) + records);
    }
    // There is no data before the first file. Without Redis there is none for records that are not committed yet.
    const known = (at: number) => ledger.began !== null && at + step > ledger.began;
    const readKnown = (at: number) => known(at) && (staged || at < Date.now() / 1000 - 2 * step);
    const lasted = (at: number) => Math.max(1, Math.min(step, end - at));
    const rate = (of: 'inserted' | 'rejects' | 'duplicates') =>
      time.map((at) => (known(at) ? (commits.get(at)?.[of] ?? 0) / lasted(at) : null));
    const percentile = (i: 0 | 1 | 2) => time.map((at) => latency.get(at)?.[i] ?? null);
    return {
      from: iso(from),
      to: iso(to),
      stepSeconds: step,
      time,
      readPerSecond: time.map((at) => (readKnown(at) ? (read.get(at) ?? 0) / lasted(at) : null)),
      insertedPerSecond: rate('inserted'),
      rejectsPerSecond: rate('rejects'),
      duplicatesPerSecond: rate('duplicates'),
      batches: time.map((at) => (known(at) ? (commits.get(at)?.batches ?? 0) : null)),
      latencyP50: percentile(0),
      latencyP95: percentile(1),
      latencyP99: percentile(2),
      marks: marks ?? [],
    };
  },
});

/** The flushes that BullMQ still remembers, and the starts of the processes. */
async function marksIn(from: Date, to: Date, { queues, fleet }: FeedStores): Promise<Mark[]> {
  const [flushes, members] = await Promise.all([queues.pastFlushes(), fleet.members()]);
  const took = flushes
    .filter(({ batches }) => batches > 0)
    .map(({ at, batches, records }): Mark => {
      return { time: at.getTime() / 1000, kind: 'flush', text: `${records} records in ${batches} batches` };
    });
  const starts = members.map(({ startedAt, role, host, pid, version }): Mark => {
    return {
      time: startedAt / 1000,
      kind: 'start',
      text: `${role} ${host}/${pid} began (version ${version})`,
    };
  });
  const marks = [...took, ...starts].filter(
    ({ time }) => time * 1000 >= from.getTime() && time * 1000 <= to.getTime(),
  );
  return marks.sort((a, b) => a.time - b.time).slice(-100);
}
