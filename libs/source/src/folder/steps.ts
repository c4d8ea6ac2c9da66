import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '@sluice/process';
import type { SourceIo } from '../source-io.ts';

/** How many folders may lie between a source and a file. */
export const DEPTH_AT_MOST = 16;

const STEP = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The folder of a path below a source, and the name there. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(0, slash)), name: path.slice(slash + 1) };
}

/**
 * Does something in a folder below a source, by a path that leads nowhere else. Each step is opened without following links, and the
 * system then finds the next one in the folder that is open (I10), whatever is renamed or replaced meanwhile. Directly in the
 * source, where no step is between, the path is that of the source.
 *
 * @param folder its path below the source; '' for the source itself
 * @param o.make makes folders that are not there
 */
export async function inFolder<T>(
  source: string,
  folder: string,
  work: (path: string) => Promise<T>,
  { io, make = false }: { readonly io: SourceIo; readonly make?: boolean },
): Promise<T> {
  if (folder === '') return await work(source);
  let at: FileHandle | undefined;
  try {
    at = await step(source, constants.O_RDONLY | constants.O_DIRECTORY, io);
    for (const name of folder.split('/')) {
      const path = join(pathOf(at), name);
      if (make) await io.run(() => makeStep(path));
      const next = await step(path, STEP, io);
      await io.close(at);
      at = next;
    }
    return await work(pathOf(at));
  } finally {
    if (at !== undefined) await io.close(at);
  }
}

async function step(path: string, flags: number, io: SourceIo): Promise<FileHandle> {
  return await io.run(
    () => open(path, flags),
    (late) => late.close(),
  );
}

const pathOf = ({ fd }: FileHandle): string => `/proc/self/fd/${fd}`;

async function makeStep(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}
