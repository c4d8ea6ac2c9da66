import type { FileVersion } from '../operate/replay.ts';
import type { FileState, WholeFile } from './file-pages.ts';

/** A point of the way of a file. */
export interface FilePoint {
  readonly name: string;
  readonly at: Date;
}

/** The points of the way of a file that the ledger knows, in order of time. */
export function pointsOf(file: WholeFile): FilePoint[] {
  const points: [string, Date | null][] = [
    ['landed', file.landedAt],
    ['stable', file.stableAt],
    ['registered', file.registeredAt],
    ['queued', file.queuedAt],
    ['first chunk parsed', file.firstParsed],
    ['last chunk parsed', file.lastParsed],
    ['first chunk committed', file.firstCommitted],
    ['last chunk committed', file.lastCommitted],
    ['complete', file.closedAt],
  ];
  const known = points.flatMap(([name, at]) => (at === null ? [] : [{ name, at }]));
  return known.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** The state of a version, as lists of files tell it. */
export function stateOfVersion(version: FileVersion): FileState {
  const { undoneAt, quarantine, sameAs, closedAt, goneAt, held } = version;
  if (undoneAt !== null) return 'undone';
  if (quarantine !== null) return 'quarantined';
  if (sameAs !== null) return 'same';
  if (closedAt !== null) return 'closed';
  if (goneAt !== null) return 'gone';
  return held === null ? 'open' : 'held';
}
