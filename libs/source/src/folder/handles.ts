import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tokenOf } from '@sluice/core';
import type { Content, Look } from '../open-source.ts';
import type { SourceIo } from '../source-io.ts';
import { unreadable } from './errno.ts';
import type { Place } from './looks.ts';

/** An open file of a folder. */
interface Handle extends Content {
  look(): Promise<Look & { readonly isFile: boolean }>;
}

/** Opens a file of a source that may hang: each call is a request to it. */
export async function openPatiently({ name, path }: Place, flags: number, io: SourceIo): Promise<Handle> {
  const handle: FileHandle = await io.run(
    () => open(path, flags),
    (late) => late.close(),
  );
  return {
    look: async () => lookOf(await io.run(() => handle.stat({ bigint: true }))),
    read: async (buffer, bytes, at) =>
      (await io.run(() => handle.read(buffer, 0, bytes, at)).catch(unreadable(name))).bytesRead,
    close: async () => await io.close(handle),
  };
}

/** Opens a file of a local file system by synchronous calls. Only for files of which little is read, because others wait meanwhile. */
export function openAtOnce({ name, path }: Place, flags: number): Handle {
  const fd = openSync(path, flags);
  return {
    look: async () => lookOf(fstatSync(fd, { bigint: true })),
    read: async (buffer, bytes, at) => {
      try {
        return readSync(fd, buffer, 0, bytes, at);
      } catch (error) {
        return unreadable(name)(error);
      }
    },
    close: async () => closeSync(fd),
  };
}

function lookOf(found: BigIntStats): Look & { readonly isFile: boolean } {
  return { token: tokenOf(found), changedAt: String(found.ctimeNs), isFile: found.isFile() };
}
