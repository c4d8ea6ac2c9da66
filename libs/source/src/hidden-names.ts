import { randomBytes } from 'node:crypto';
import { extname } from 'node:path';
import type { FileNo } from '@sluice/core';

/** The longest name that file systems take, in bytes. */
const NAME_MAX = 255;

/** Every hidden name begins with this. A file has one while it moves from one place to the next. It is never a source name. */
export const HIDDEN_PREFIX = '.sluice-';

/**
 * A new hidden name for a version. Each name is used only once: a rename may overwrite, so if two processes hid files under the
 * same name, one of the files could be lost.
 */
export function hiddenName(fileNo: FileNo): string {
  return `${HIDDEN_PREFIX}${fileNo}-${randomBytes(6).toString('hex')}`;
}

/** The number of the version with this hidden name; undefined when it is no such name. */
export function fileNoOf(hidden: string): FileNo | undefined {
  const fileNo = new RegExp(`^\\${HIDDEN_PREFIX}(\\d{1,15})(-[0-9a-f]+)?$`).exec(hidden)?.[1];
  return fileNo === undefined ? undefined : (Number(fileNo) as FileNo);
}

/**
 * The name, then `name~2.ext`, `name~3.ext` and so on, shortened where it would become too long. `.csv.gz` and the like count as
 * one extension, so that all of the names are source names if the first one is.
 */
export function* namesFor(name: string): Generator<string> {
  yield name;
  const ext = /\.[^.]+\.(gz|zst|zip)$/i.exec(name)?.[0] ?? extname(name);
  for (let n = 2; ; n += 1) {
    const end = `~${n}${ext}`;
    const stem = [...name.slice(0, name.length - ext.length)];
    while (Buffer.byteLength(stem.join('') + end) > NAME_MAX) stem.pop();
    yield stem.join('') + end;
  }
}
