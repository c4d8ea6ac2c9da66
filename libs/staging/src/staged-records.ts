import type { Redis } from 'ioredis';
import { z } from 'zod';
import { moment, readJson } from './entry.ts';
import type { Keys } from './keys.ts';

const meta = z.object({ records: z.number().int().nonnegative(), staged_at: moment.default(0) });

/** Of more chunks the times are not read: a page that is looked at every few seconds must stay cheap (I8). */
const AT_MOST = 5_000;

/** When the records were staged that are not committed yet, in ms since 1970. Undefined when there are very many. */
export async function stagedRecords(
  redis: Redis,
  keys: Keys,
): Promise<{ readonly at: number; readonly records: number }[] | undefined> {
  if ((await redis.hlen(keys.chunks)) > AT_MOST) return undefined;
  const metas = await redis.hvals(keys.chunks);
  return metas.flatMap((text) => {
    const read = readJson(meta, text); // a flush drops one that cannot be read, and says so
    return read.outcome === 'read' ? [{ at: read.value.staged_at, records: read.value.records }] : [];
  });
}
