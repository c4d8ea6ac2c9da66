import { listQuarantined, type QuarantinedFile, type Sql } from '@sluice/ledger';
import type { Config } from '@sluice/process';
import { placeByFeed } from '../feed-places.ts';
import { type Found, Whereabouts } from '../whereabouts.ts';

/** A quarantined file, and where its content is now. `path` is null when it is not found. */
export interface FoundQuarantined extends Omit<QuarantinedFile, 'settled'>, Pick<Found, 'path' | 'place'> {
  /** Why it needs no attention any more; null while it does. */
  readonly settled: QuarantinedFile['settled'] | 'deleted';
}

/** The quarantined files of one feed or of all, newest first, and where each of them is. `open`: only those that need attention. */
export async function* quarantinedFiles(
  limit: number,
  stores: { readonly sql: Sql; readonly config: Config },
  o: { readonly feed: string | null; readonly open: boolean } = { feed: null, open: false },
): AsyncGenerator<FoundQuarantined> {
  const whereabouts = new Whereabouts(await placeByFeed(stores));
  let left = limit;
  for await (const file of listQuarantined(stores.sql, o.open ? Number.POSITIVE_INFINITY : limit, o)) {
    const settled = file.settled ?? ((await whereabouts.isDeleted(file)) ? 'deleted' : null);
    if (o.open && settled !== null) continue;
    const { path, place } = await whereabouts.find(file);
    yield { ...file, path, place, settled };
    left -= 1;
    if (left <= 0) return;
  }
}
