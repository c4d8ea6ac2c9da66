import { type BigIntStats, lstatSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { tokenOf } from '@sluice/core';
import { UnreadableFile } from '../errors.ts';
import type { Looks, SourceFile } from '../source.ts';
import type { SourceIo } from '../source-io.ts';
import { absentOr, absentOrUnreadable, unlessOfFolder } from './errno.ts';
import type { Locality } from './local.ts';

/** A regular file of a folder. `landedAt` and `changedAt` are its ctime: when it was moved in, or last written. */
export interface StatFile extends SourceFile {
  /** Its permission bits. */
  readonly mode: number;
}

/** A file by its name in the ledger, and where it lies. */
export interface Place {
  readonly name: string;
  readonly path: string;
}

type Look = StatFile | UnreadableFile | undefined;

/** How long synchronous looks at many files may hold up other work, in ms. */
const TURN_MS = 5;
/** A call to a file system that hangs keeps its thread, and all sources share the few threads of this process. */
const LSTAT_AT_ONCE = 2;
/** So many looks are one request, because each request costs a timer. */
const LOOKS_PER_REQUEST = 64;

/** Looks at these files, without links being followed. On a local file system the calls are synchronous, which costs much less. */
export async function looksAt(files: readonly Place[], locality: Locality, io: SourceIo): Promise<Looks> {
  const looks: { files: SourceFile[]; unreadable: UnreadableFile[] } = { files: [], unreadable: [] };
  const keep = (look: Look) => {
    if (look instanceof UnreadableFile) looks.unreadable.push(look);
    else if (look !== undefined) looks.files.push(look);
  };
  let turnedAt = performance.now();
  for (let i = 0; i < files.length; i += LOOKS_PER_REQUEST) {
    const some = files.slice(i, i + LOOKS_PER_REQUEST);
    if (!(await locality.isLocal())) {
      for (const look of await io.run(() => fewAtOnce(some))) keep(look);
      continue;
    }
    for (const file of some) keep(lookAtOnce(file));
    if (performance.now() - turnedAt < TURN_MS) continue;
    await turn();
    turnedAt = performance.now();
  }
  return looks;
}

/** @throws {UnreadableFile} when the file system cannot tell */
export async function lookPatiently({ name, path }: Place): Promise<StatFile | undefined> {
  return seen(name, await lstat(path, { bigint: true }).catch(absentOr(name)));
}

async function fewAtOnce(files: readonly Place[]): Promise<Look[]> {
  const found: Look[] = [];
  for (let i = 0; i < files.length; i += LSTAT_AT_ONCE) {
    const some = files.slice(i, i + LSTAT_AT_ONCE);
    found.push(...(await Promise.all(some.map((file) => lookPatiently(file).catch(unlessOfFolder)))));
  }
  return found;
}

function lookAtOnce({ name, path }: Place): Look {
  try {
    return seen(name, lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  } catch (error) {
    return absentOrUnreadable(name, error);
  }
}

function seen(name: string, found: BigIntStats | undefined): StatFile | undefined {
  if (!found?.isFile()) return undefined;
  return {
    name,
    token: tokenOf(found),
    modifiedAt: Number(found.mtimeMs),
    landedAt: Number(found.ctimeMs),
    changedAt: String(found.ctimeNs),
    mode: Number(found.mode & 0o777n),
  };
}
