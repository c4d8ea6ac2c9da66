import { basename, join } from 'node:path';
import type { RecordedPlace } from '@sluice/ledger';
import type { Config } from '@sluice/process';
import { takenNames } from '@sluice/source';
import { archiveFolder } from './load/clean-up.ts';

type Folders = Pick<Config, 'archiveDir' | 'quarantineDir'>;

/**
 * The paths where a file may be if clean-up has moved it: the path in the ledger, or the same name in the folders of the current
 * settings, in case somebody has moved the folders. A file that was moved before the ledger recorded this has no path there. It
 * is looked for under the names that clean-up may have given it, nine at most.
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
