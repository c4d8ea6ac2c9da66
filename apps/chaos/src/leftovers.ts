// biome-ignore lint/style/noRestrictedImports: judges the verbs, so it must not use them
import type { Redis } from 'ioredis';
import type { Findings } from './findings.ts';

/** What is left in Redis under a prefix when no work is left, found by the names of the keys. */
export interface Leftovers {
  /** Staged chunks, waiting references, open batches, bytes. */
  readonly staging: readonly string[];
  /** Jobs of the parse and insert queues. */
  readonly jobs: readonly string[];
}

const LENGTH = { string: 'STRLEN', list: 'LLEN', set: 'SCARD', zset: 'ZCARD', hash: 'HLEN' } as const;

/** Uses its own commands. The flush queue is left out: ticks are always there, and nobody has to act on their failures. */
export async function leftovers(redis: Redis, prefix: string): Promise<Leftovers> {
  const staging: string[] = [];
  for (const name of ['chunks', 'batches', 'pending'] as const) {
    const length = await lengthOf(redis, `${prefix}:${name}`);
    if (length > 0) staging.push(`${name}: ${length}`);
  }
  for (const list of await namesOf(redis, `${prefix}:staged*`)) {
    staging.push(`${list.slice(prefix.length + 1)}: ${await lengthOf(redis, list)}`);
  }
  // What is counted by feed and by contract goes away with what is counted.
  const totals = await redis.hgetall(`${prefix}:totals`);
  for (const [field, count] of Object.entries(totals)) {
    if (field !== 'flushed_at' && Number(count) !== 0) staging.push(`${field}: ${count}`);
  }
  const payloads = await namesOf(redis, `${prefix}:chunk:*`);
  if (payloads.length > 0) staging.push(`payloads: ${payloads.length}`);
  const jobs: string[] = [];
  for (const queue of ['parse', 'insert'] as const) {
    for (const state of ['wait', 'active', 'paused', 'prioritized', 'delayed', 'failed'] as const) {
      const length = await lengthOf(redis, `${prefix}:${queue}:${state}`);
      if (length > 0) jobs.push(`${queue} ${state}: ${length}`);
    }
  }
  return { staging, jobs };
}

export function judgeLeftovers({ staging, jobs }: Leftovers, findings: Findings): void {
  findings.checked('staging');
  findings.checked('jobs');
  for (const left of staging) findings.breach('staging', left);
  for (const left of jobs) findings.breach('jobs', left);
}

async function lengthOf(redis: Redis, key: string): Promise<number> {
  const type = await redis.type(key);
  if (type === 'none') return 0;
  const command = LENGTH[type as keyof typeof LENGTH];
  return command === undefined ? 1 : Number(await redis.call(command, key));
}

async function namesOf(redis: Redis, pattern: string): Promise<string[]> {
  const names: string[] = [];
  const escaped = pattern.replaceAll('[', '\\[');
  for await (const page of redis.scanStream({ match: escaped, count: 1_000 }))
    names.push(...(page as string[]));
  return names;
}
