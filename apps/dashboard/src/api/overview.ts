import { forecast, readSince } from '@sluice/ledger';
import type { FeedStores, HealthFacts } from '@sluice/pipeline';
import type { RedisState } from '@sluice/staging';
import type { z } from 'zod';
import type { Dashboard } from '../dashboard.ts';
import type { SeenHealth } from '../health-watch.ts';
import { failedWork } from './failed-jobs.ts';
import { feedsOf, type KnownFeed, stateOf } from './feeds.ts';
import { hostsOf, isSilent } from './fleet.ts';
import { forecastOf } from './forecast.ts';
import { ledgerFigures } from './ledger-figures.ts';
import { spanOf } from './ranges.ts';
import { Refusal } from './refusal.ts';
import { iso, route } from './route.ts';
import { overview, rangeQuery } from './schemas.ts';

type Overview = z.infer<typeof overview>;

const NO_LEDGER = { totals: null, inRange: null, waterfall: null, database: null };
const MINUTE_MS = 60_000;

export const overviewRoute = route({
  method: 'GET',
  path: '/api/overview',
  summary: 'All at one look. Panels whose server is away are null.',
  query: rangeQuery,
  answer: overview,
  answerTo: async ({ query: { feed, ...asked } }, dashboard) => {
    const { stores, servers, health } = dashboard;
    const span = spanOf(asked);
    const feeds = await servers.askOrNull('postgres', () => feedsOf(stores.sql));
    if (feed !== undefined && feeds?.every((one) => one.feed !== feed))
      throw new Refusal(404, 'not_found', `the ledger has no feed ${feed}`);
    const own = feeds?.filter((one) => feed === undefined || one.feed === feed) ?? [];
    const [seen, ledger, ahead, read, redis, members, failed] = await Promise.all([
      health.look(),
      servers.askOrNull('postgres', () => ledgerFigures(stores.sql, own, feed ?? null, span)),
      servers.askOrNull('postgres', () => forecast(stores.sql)),
      servers.askOrNull(['postgres', 'redis'], () => readLastMinute(stores)),
      servers.askOrNull('redis', () => stores.redis.state()),
      servers.askOrNull('redis', () => stores.fleet.remembered()),
      servers.askOrNull('redis', () => failedWork(stores.queues)),
    ]);
    const there = members?.filter((member) => !isSilent(member)) ?? [];
    const workers = there.filter(({ role }) => role === 'worker').length;
    return {
      at: iso(new Date()),
      range: asked.range,
      feed: feed ?? null,
      feeds: feeds?.map(briefly) ?? null,
      servers: serverStates(dashboard),
      health: await shownHealth(seen, dashboard),
      ...(ledger ?? NO_LEDGER),
      now: ledger?.database
        ? { readPerSecond: read, insertedPerSecond: ledger.database.rowsPerSecond }
        : null,
      backlog: seen.facts && backlogOf(seen.facts, stores),
      forecast:
        ahead &&
        failed &&
        seen.facts &&
        forecastOf({
          ledger: paced(ahead, ledger?.database ?? null),
          backlog: seen.facts.backlog,
          failed,
          workers,
          paused: seen.facts.paused,
          config: stores.config,
        }),
      failed: failed && { batches: failed.batches, records: failed.records, files: failed.files },
      redis: redis && redisOf(redis),
      hosts: members && hostsOf(there),
      fleet: members && {
        workers,
        watchers: there.filter(({ role }) => role === 'watcher').length,
        processes: there.length,
        silent: members.length - there.length,
      },
    };
  },
});

function briefly(feed: KnownFeed): NonNullable<Overview['feeds']>[number] {
  const { table, key } = feed.contract;
  return { name: feed.feed, state: stateOf(feed), table, key: [...key], source: feed.source };
}

/** Records read per second in the last minute, including those that wait in staging. */
async function readLastMinute({ sql, staging }: FeedStores): Promise<number | null> {
  const from = Date.now() - MINUTE_MS;
  const [committed, staged] = await Promise.all([readSince(sql, new Date(from)), staging.records()]);
  if (staged === undefined) return null;
  const waiting = staged.filter(({ at }) => at >= from).reduce((sum, { records }) => sum + records, 0);
  return ((committed + waiting) * 1000) / MINUTE_MS;
}

function serverStates({ servers: { states } }: Dashboard): Overview['servers'] {
  const { postgres, redis } = states;
  return {
    postgres: { ...postgres, since: iso(postgres.since) },
    redis: { ...redis, since: iso(redis.since) },
  };
}

async function shownHealth(seen: SeenHealth, { servers, stores }: Dashboard): Promise<Overview['health']> {
  const { state, doing, reasons, notices, since, facts } = seen;
  const flush = (await servers.askOrNull('redis', () => stores.ticks.nextFlush())) ?? undefined;
  const oldest = facts?.backlog.oldestOpen;
  return {
    state,
    doing,
    reasons: [...reasons],
    notices: [...notices],
    since: iso(since),
    oldestWaitingSeconds: oldest ? Math.max(0, Date.now() - oldest.getTime()) / 1000 : null,
    nextFlushSeconds: flush === undefined ? null : Math.max(0, flush - Date.now()) / 1000,
  };
}

function backlogOf({ backlog }: HealthFacts, { config }: FeedStores): Overview['backlog'] {
  return {
    files: backlog.openFiles,
    parseJobs: backlog.parses,
    insertJobs: backlog.inserts,
    stagedRecords: backlog.waitingRecords,
    stagedChunks: backlog.stagedChunks,
    stagedBytes: backlog.stagedBytes,
    stagedBytesLimit: config.stagingMaxBytes,
    openBatches: backlog.openBatches,
    lastFlush: iso(backlog.lastFlush),
  };
}

/** Between two flushes nothing that waits is committed, so the forecast falls back on the pace of the last minute. */
function paced(
  ahead: Awaited<ReturnType<typeof forecast>>,
  lastMinute: Overview['database'],
): Awaited<ReturnType<typeof forecast>> {
  return { ...ahead, recordsPerSecond: ahead.recordsPerSecond || (lastMinute?.rowsPerSecond ?? null) };
}

function redisOf({ usedBytes, maxBytes, version, evictionPolicy, writeFailed }: RedisState) {
  return { version, usedBytes, limitBytes: maxBytes, evictionPolicy, writeFailed };
}
