import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { SourceIo } from './source-io.ts';

/** An open file, as a reader needs it. */
export interface Handle {
  stat(): Promise<BigIntStats>;
  /** Reads so many bytes from this place of the file, into the beginning of `buffer`. Returns how many there were. */
  read(buffer: Buffer, bytes: number, at: number): Promise<number>;
  close(): Promise<void>;
}

/** Opens a file of a source that may hang: each call is a request to it. */
export async function openPatiently(path: string, flags: number, io: SourceIo): Promise<Handle> {
  const handle: FileHandle = await io.run(
    () => open(path, flags),
    (late) => late.close(),
  );
  return {
    stat: async () => await io.run(() => handle.stat({ bigint: true })),
    read: async (buffer, bytes, at) => (await io.run(() => handle.read(buffer, 0, bytes, at))).bytesRead,
    close: async () => await io.close(handle),
  };
}

/** Opens a file of a local file system by synchronous calls. Only for files of which little is read, because others wait meanwhile. */
export function openAtOnce(path: string, flags: number): Handle {
  const fd = openSync(path, flags);
  return {
    stat: async () => fstatSync(fd, { bigint: true }),
    read: async (buffer, bytes, at) => readSync(fd, buffer, 0, bytes, at),
    close: async () => closeSync(fd),
  };
}
