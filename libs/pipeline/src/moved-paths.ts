import { baseOf, placeIn } from '@sluice/core';
import type { RecordedPlace } from '@sluice/ledger';
import type { Source } from '@sluice/source';
import type { Place } from './feed.ts';
import { archiveFolder } from './load/clean-up.ts';

/**
 * The paths where a file may be if clean-up has moved it: the path in the ledger, or the same name in the places of the current
 * settings, in case somebody has moved the folders. A file that was moved before the ledger recorded this has no path there. It
 * is looked for under the names that clean-up may have given it, nine at most.
 *
 * @param source that of its feed
 */
export async function* movedPaths(
  name: string,
  place: Pick<RecordedPlace, 'movedTo' | 'movingTo' | 'closedAt' | 'cleanedAt'>,
  {
    folders,
    source,
  }: { readonly folders: Pick<Place, 'archiveDir' | 'quarantineDir'>; readonly source: Source },
): AsyncGenerator<string> {
  const { movedTo, movingTo, closedAt, cleanedAt } = place;
  const today = [...(closedAt === null ? [] : [archiveFolder(folders, closedAt)]), folders.quarantineDir];
  const recorded = [movedTo, movingTo].filter((path) => path !== null);
  // Below its place, a file has a path of as many parts as below its source.
  const parts = baseOf(name).split('/').length;
  const names = new Set(recorded.map((path) => path.split('/').slice(-parts).join('/')));
  yield* new Set([...recorded, ...today.flatMap((folder) => [...names].map((one) => placeIn(folder, one)))]);
  if (recorded.length > 0 || cleanedAt !== null || closedAt === null) return;
  for (const folder of today) yield* source.unrecordedPathsIn(folder, name);
}
