import { REASON_LEVELS } from '@sluice/pipeline';
import type { Metrics } from '@sluice/process';
import { QUEUE_NAMES } from '@sluice/staging';
import type { Dashboard } from '../dashboard.ts';
import { Figures } from './figure.ts';

const STATES = ['waiting', 'active', 'delayed', 'prioritized', 'failed'] as const;

/** The figures from Redis and the queues, and the health. */
export async function queueFigures(metrics: Metrics, { servers, health, stores }: Dashboard): Promise<void> {
  const [seen, asked] = await Promise.all([
    health.look(),
    servers.askOrNull('redis', () =>
      Promise.all([
        stores.redis.state(),
        stores.staging.size(),
        stores.staging.lastFlush(),
        Promise.all(QUEUE_NAMES.map((name) => stores.queues.counts(name))),
        Promise.all(QUEUE_NAMES.map((name) => stores.queues.isPaused(name))),
      ]),
    ),
  ]);
  const figures = new Figures(metrics);
  const { postgres, redis } = servers.states;
  figures.gauge('sluice_server_up', 'Whether a server answers', [
    [{ server: 'postgres' }, postgres.up ? 1 : 0],
    [{ server: 'redis' }, redis.up ? 1 : 0],
  ]);
  const states = ['running', 'idle', 'attention', 'stuck'] as const;
  figures.gauge(
    'sluice_health',
    'Which of these the health is',
    states.map((state) => [{ state }, seen.state === state ? 1 : 0]),
  );
  // Those that nothing speaks for are 0, so that an alert on one of them sees it begin and end.
  figures.gauge(
    'sluice_health_reasons',
    'Why a person is needed: how many reasons of each code there are',
    Object.entries(REASON_LEVELS).map(([code, level]) => [
      { level, reason: code },
      seen.reasons.filter((one) => one.code === code).length,
    ]),
  );
  if (seen.facts !== null)
    figures.gauge(
      'sluice_open_files',
      'File versions of all feeds that are not complete',
      seen.facts.backlog.openFiles,
    );
  if (asked === null) return;
  const [server, staged, lastFlush, counts, paused] = asked;
  figures.gauge(
    'sluice_jobs',
    'Jobs of a queue by state',
    QUEUE_NAMES.flatMap((queue, i) =>
      STATES.map((state) => [{ queue, state }, counts[i]?.[state] ?? 0] as const),
    ),
  );
  figures.gauge(
    'sluice_queue_paused',
    'Whether a queue is paused',
    QUEUE_NAMES.map((queue, i) => [{ queue }, paused[i] ? 1 : 0]),
  );
  figures.gauge('sluice_staged_bytes', 'Size of what is staged in Redis', staged.bytes);
  figures.gauge(
    'sluice_staged_limit_bytes',
    'STAGING_MAX_BYTES: then parsing waits',
    stores.config.stagingMaxBytes,
  );
  figures.gauge('sluice_staged_chunks', 'Chunks in staging', staged.chunks);
  figures.gauge('sluice_staged_records', 'Records in staging that no micro-batch holds yet', staged.waiting);
  figures.gauge('sluice_open_batches', 'Micro-batches that are taken and not settled', staged.batches);
  if (lastFlush !== undefined) {
    figures.gauge('sluice_flush_age_seconds', 'Age of the last flush', (Date.now() - lastFlush) / 1000);
  }
  figures.gauge('sluice_redis_memory_bytes', 'Memory that Redis uses', server.usedBytes);
  figures.gauge('sluice_redis_memory_limit_bytes', 'Its maxmemory; 0: no limit', server.maxBytes);
}
