import { basename, join } from 'node:path';
import type { RecordedPlace } from '@sluice/ledger';
import type { Config } from '@sluice/process';
import { takenNames } from '@sluice/source';
import { archiveFolder } from '../load/clean-up.ts';

type Folders = Pick<Config, 'archiveDir' | 'quarantineDir'>;

/**
 * The paths at which a file lies if clean-up has moved it: where the ledger says, or under that name in the folders of today's
 * settings, where somebody may have moved all of them. A file that was moved before the ledger took note has no record: it is looked
 * for under the names that clean-up gave it then, of which there are nine at most.
 */
export async function* movedPaths(
  name: string,
  place: Pick<RecordedPlace, 'movedTo' | 'movingTo' | 'closedAt' | 'cleanedAt'>,
  folders: Folders,
): AsyncGenerator<string> {
  const { movedTo, movingTo, closedAt, cleanedAt } = place;
  const today = [...(closedAt === null ? [] : [archiveFolder(folders, closedAt)]), folders.quarantineDir];
  const recorded = [movedTo, movingTo].filter((path) => path !== null);
  const names = new Set(recorded.map((path) => basename(path)));
  yield* new Set([...recorded, ...today.flatMap((folder) => [...names].map((one) => join(folder, one)))]);
  if (recorded.length > 0 || cleanedAt !== null || closedAt === null) return;
  for (const folder of today) yield* takenNames(folder, name);
}
