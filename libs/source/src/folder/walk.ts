import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { UnreadableFile } from '../errors.ts';
import type { SourceIo } from '../source-io.ts';
import { absentOr, folderAway } from './errno.ts';
import { DEPTH_AT_MOST, inFolder } from './steps.ts';

const DOT = '.'.charCodeAt(0);

/** A folder of a source and what lies in it. */
interface Walked {
  /** Its path below the source; '' for the source itself. */
  readonly folder: string;
  /** Undefined: it cannot be listed. */
  readonly entries: readonly Entry[];
  readonly unreadable: UnreadableFile | undefined;
  /** How many folders in it nobody looks into. */
  readonly leftOut: number;
}

/** A file or something else that is no folder. */
interface Entry {
  /** Undefined: it is not UTF-8. */
  readonly name: string | undefined;
  readonly isFile: boolean;
  readonly isHidden: boolean;
}

/**
 * Walks through a source folder and, if `deep`, the folders below it, without following links. Folders that begin with a dot are
 * passed over. A folder that is renamed or removed meanwhile is found, or not, by the next walk.
 *
 * @param nameOf gives the name in the ledger of a path below the source
 */
export async function* walk(
  source: string,
  o: { readonly io: SourceIo; readonly deep: boolean; nameOf(path: string): string },
): AsyncGenerator<Walked> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const found = await entriesOf(source, folder, o);
    if (found === undefined) continue;
    if (found instanceof UnreadableFile) {
      yield { folder, entries: [], unreadable: found, leftOut: 0 };
      continue;
    }
    let leftOut = 0;
    const entries: Entry[] = [];
    for (const entry of found) {
      const isHidden = entry.name[0] === DOT;
      const name = decode(decoder, entry.name);
      if (!entry.isDirectory()) entries.push({ name, isFile: entry.isFile(), isHidden });
      else if (isHidden) continue;
      else if (!o.deep || name === undefined || depthOf(folder) >= DEPTH_AT_MOST) leftOut += 1;
      else folders.push(folder === '' ? name : `${folder}/${name}`);
    }
    yield { folder, entries, unreadable: undefined, leftOut };
  }
}

const depthOf = (folder: string): number => (folder === '' ? 0 : folder.split('/').length);

/** Undefined for a folder below the source that is gone. */
async function entriesOf(
  source: string,
  folder: string,
  { io, nameOf }: { readonly io: SourceIo; nameOf(path: string): string },
): Promise<Dirent<Buffer>[] | UnreadableFile | undefined> {
  const read = (path: string) => io.run(() => readdir(path, { withFileTypes: true, encoding: 'buffer' }));
  try {
    return await inFolder(source, folder, read, { io });
  } catch (error) {
    if (folder === '') return folderAway(error);
    try {
      return absentOr(nameOf(folder))(error);
    } catch (other) {
      if (other instanceof UnreadableFile) return other;
      return folderAway(other);
    }
  }
}

function decode(decoder: InstanceType<typeof TextDecoder>, name: Buffer): string | undefined {
  try {
    return decoder.decode(name);
  } catch {
    return undefined; // not UTF-8: the caller counts it
  }
}
