import { killPoint } from '@sluice/process';
import { OpenSource } from '../open-source.ts';
import type { CleanedUp, ClosedSource, Disposal, SourceFile } from '../source.ts';
import { openObject } from './content.ts';
import { away, kindOf } from './failure.ts';
import { copyTo, entryAt, removeIfSame } from './moves.ts';
import { KEY_MAX, type S3Key, s3Address, s3Place } from './place.ts';
import type { SourceBucket } from './s3.ts';

/** How many keys are tried for a file whose key in the archive another one has, such as that of another ledger. */
const KEYS_AT_MOST = 9;

/**
 * Archives or deletes one closed object. The copy in the archive has a key that follows from the version, so every step can be repeated
 * after a crash: a copy that is complete is not made again, and the object goes only when it is the version that was copied (I5). An
 * object that has been replaced meanwhile stays.
 */
export async function cleanUpObject(
  source: SourceBucket,
  file: ClosedSource,
  disposal: Disposal,
): Promise<CleanedUp> {
  const found = await source.look(file.name);
  if (found?.token !== file.token) return { outcome: 'absent' };
  // Without a hash, nothing proves that the whole content was loaded.
  if (disposal.kind === 'delete' && file.contentHash === null) return { outcome: 'absent' };
  killPoint('clean-up:before-hide');
  killPoint('clean-up:hidden');
  try {
    if (disposal.kind === 'move') return await archive(source, file, disposal);
    return await remove(source, file, found);
  } catch (error) {
    // Another process has cleaned it up, or somebody has replaced it.
    if (['absent', 'changed'].includes(kindOf(error))) return { outcome: 'absent' };
    throw away(disposal.kind === 'move' ? disposal.to : source.path, error);
  }
}

async function remove(source: SourceBucket, file: ClosedSource, found: SourceFile): Promise<CleanedUp> {
  if ((await source.contentHash(found)) !== file.contentHash) return { outcome: 'absent' };
  const removed = await removeIfSame(source.store, source.keyOf(file.name), file);
  return { outcome: removed ? 'deleted' : 'absent' };
}

async function archive(
  source: SourceBucket,
  file: ClosedSource,
  { to, announce }: Disposal & { readonly kind: 'move' },
): Promise<CleanedUp> {
  const from = source.keyOf(file.name);
  for (let n = 1; n <= KEYS_AT_MOST; n += 1) {
    const place = archiveKey(to, file.fileNo, source.bareName(file.name), n);
    const path = s3Address(place);
    await announce(path);
    killPoint('clean-up:before-place');
    // What has this key already is the copy that a crash has left, or an object of somebody else, which nobody overwrites.
    if (!(await copyTo(source.store, from, file, place)) && !(await isCopy(source, file, place))) continue;
    killPoint('clean-up:placed');
    await removeIfSame(source.store, from, file);
    killPoint('clean-up:removed');
    return { outcome: 'moved', path };
  }
  throw new Error(`all keys for file ${file.fileNo} are taken in ${to}`);
}

/** The key of an archived file. The end of a name that would be too long stays, because it says what the file is. */
export function archiveKey(to: string, fileNo: number, bareName: string, n = 1): S3Key {
  const { bucket, prefix } = s3Place(to);
  const begin = `${prefix}${fileNo}${n === 1 ? '' : `~${n}`}-`;
  const name = [...bareName];
  while (Buffer.byteLength(begin + name.join('')) > KEY_MAX) name.shift();
  return { bucket, key: begin + name.join('') };
}

/** Whether the object with this key has the content of a file. */
async function isCopy(source: SourceBucket, file: ClosedSource, at: S3Key): Promise<boolean> {
  const size = Number.parseInt(file.token, 10);
  if ((await entryAt(source.store, at))?.size !== size) return false;
  const content = await openObject({ ...source.wanted(file.name), ...at });
  await using copied = new OpenSource(content, content.opened);
  await using original = file.contentHash === null ? await source.open(file.name) : undefined;
  return (await copied.wholeHash()) === (file.contentHash ?? (await original?.wholeHash()));
}
