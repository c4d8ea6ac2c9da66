import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { headerLine } from '@sluice/generator';
import { closeStores, commit, Discovery, flush, openStores, parse, Reconciler } from '@sluice/pipeline';
import { type Config, createLogger } from '@sluice/process';
import { QUEUE_NAMES, type QueueName, readJob } from '@sluice/staging';
import { BREAKS, type Break, FailingCalls } from './failing-calls.ts';
import { leftovers } from './leftovers.ts';
import { askRedis } from './servers.ts';

/** One passage of a file in which one call failed. */
export interface CallRun {
  readonly nth: number;
  readonly at: Break;
  /** The call in words. */
  readonly call: string;
  /** Empty if everything held. */
  readonly breaches: readonly string[];
}

/** How often a process may start again until everything is done. */
const PASSAGES = 3;

/**
 * Takes one file after another through all stages in this process. Each time another call to a server fails, first as a
 * request and then as a reply, until a passage has no more calls. A failure is followed by a new process, as after a crash.
 */
export async function* failEachCall(config: Config): AsyncGenerator<CallRun> {
  mkdirSync(config.sourceDir, { recursive: true });
  for (const at of BREAKS) {
    for (let nth = 1; ; nth += 1) {
      const file = newFile(config, `${at}_${nth}.csv`);
      const calls = new FailingCalls(nth, at);
      await passage(config, calls).catch(() => undefined); // The passage is meant to fail. What it leaves behind is judged below.
      const call = calls.failed;
      // The next process runs even if the file is gone already, because a leftover job would get in the way of the next run.
      for (let i = 0; i < PASSAGES && (i === 0 || existsSync(join(config.sourceDir, file.name))); i += 1)
        await passage(config);
      const breaches = await judge(config, file);
      yield { nth, at, call: call ?? 'none', breaches };
      if (call === undefined) break;
    }
  }
}

interface CallFile {
  readonly name: string;
  readonly ids: readonly string[];
}

/** Writes a file with three rows, a duplicate and a broken record, which makes three chunks. */
function newFile({ sourceDir }: Config, name: string): CallFile {
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  const lines = [...ids, ids[0]].map((id) => `${id},view,p,u,2026-01-01 00:00:00,1,2.50`);
  writeFileSync(join(sourceDir, name), `${[headerLine, ...lines, 'broken'].join('\n')}\n`);
  return { name, ids };
}

/** Does what watcher and worker do, one step after the other. */
async function passage(config: Config, calls?: FailingCalls): Promise<void> {
  const stores = openStores('chaos', config, createLogger('chaos', 'silent', 2), 'wait');
  // This does the work of BullMQ's workers by hand, so that the calls always come in the same order.
  const queues = stores.queues.board();
  await Promise.all(QUEUE_NAMES.map((name) => queues[name].waitUntilReady()));
  const undo = calls?.intercept(stores);
  try {
    const reconciler = new Reconciler(stores);
    await reconciler.restart();
    await new Discovery(stores).scan(true);
    await reconciler.enqueue();
    for (const job of await queues.parse.getJobs()) {
      await parse(dataOf('parse', job), new Date(job.timestamp), stores, new AbortController().signal);
      await job.remove();
    }
    await flush('all', stores);
    for (const job of await queues.insert.getJobs()) {
      await commit(dataOf('insert', job), stores);
      await job.remove();
    }
    await stores.feed.cleanUp.sweep();
  } finally {
    undo?.();
    await closeStores(stores);
  }
}

function dataOf<Q extends QueueName>(queue: Q, job: Parameters<typeof readJob>[1]) {
  const content = readJob(queue, job);
  if (content.outcome === 'read') return content.value;
  throw new Error(`a job of the queue ${queue} cannot be read`);
}

/** Judges what became of the file with its own statements. */
async function judge(config: Config, { name, ids }: CallFile): Promise<string[]> {
  const stores = openStores('chaos', config, createLogger('chaos', 'silent', 2), 'wait');
  try {
    const [counts] = await stores.sql<Record<string, unknown>[]>`
      SELECT sum(records)::int AS records, sum(inserted)::int AS inserted, sum(duplicates)::int AS duplicates,
             sum(rejects)::int AS rejects, bool_and(closed_at IS NOT NULL) AS closed,
             (SELECT count(*)::int FROM events WHERE event_id = ANY (${ids}) AND quantity = 1 AND price = 2.5) AS rows,
             (SELECT count(*)::int FROM sluice_rejects JOIN sluice_files AS file USING (file_no) WHERE file.name = ${name}) AS kept
      FROM sluice_files WHERE name = ${name}`;
    const found = { ...counts, ...(await leftIn(config)) };
    const expected = {
      ...{ records: 5, inserted: 3, duplicates: 1, rejects: 1, closed: true, rows: 3, kept: 1 },
      ...{ staged: '', sources: 0 },
    };
    return Object.entries(expected)
      .filter(([what, value]) => found[what as keyof typeof found] !== value)
      .map(([what, value]) => `${what}: ${found[what as keyof typeof found]} instead of ${value}`);
  } finally {
    await closeStores(stores);
  }
}

/** What is left in the staging, and how many files are in the source folder. */
async function leftIn({ redisUrl = '', redisPrefix, sourceDir }: Config) {
  const { staging } = await askRedis(redisUrl, (redis) => leftovers(redis, redisPrefix));
  return { staged: staging.join(', '), sources: readdirSync(sourceDir).length };
}
