import type { Redis } from 'ioredis';

/** How a Redis server is set where it matters to the pipeline. Read from INFO, which servers allow that refuse CONFIG. */
export interface RedisState {
  readonly version: string;
  readonly evictionPolicy: string;
  /** The append-only file is on. */
  readonly appendOnly: boolean;
  /** The last write of the append-only file, or of a snapshot, failed. */
  readonly writeFailed: boolean;
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly maxBytes: number;
}

export async function redisState(redis: Redis): Promise<RedisState> {
  const info = await redis.info();
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  return {
    version: field('valkey_version') ? `Valkey ${field('valkey_version')}` : field('redis_version'),
    evictionPolicy: field('maxmemory_policy') || 'unknown',
    appendOnly: field('aof_enabled') === '1',
    writeFailed: [field('aof_last_write_status'), field('rdb_last_bgsave_status')].includes('err'),
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
  };
}
