import { randomBytes } from 'node:crypto';
import type { CopyObjectCommandInput } from '@aws-sdk/client-s3';
import { type FoundFile, sizeOf } from '@sluice/core';
import { SourceAway } from '../errors.ts';
import { kindOf } from './failure.ts';
import type { S3Key, S3Options } from './place.ts';
import { clientsOf } from './store.ts';
import { conditionOf } from './token.ts';

/** A store copies large objects itself, and says nothing while it does. */
const COPY_MS = 10 * 60_000;
const REMOVE_MS = 60_000;

/** A condition that no object meets. */
const NEVER = '"sluice"';

/** What a listing says of one key; undefined when it is not there. */
export async function entryAt(
  store: S3Options,
  { bucket, key }: S3Key,
): Promise<{ readonly size: number; readonly etag: string } | undefined> {
  const { sdk, control } = await clientsOf(store);
  const command = new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 });
  const { Contents } = await control.send(command, { abortSignal: AbortSignal.timeout(REMOVE_MS) });
  const { Key, Size, ETag } = Contents?.[0] ?? {};
  return Key === key && Size !== undefined && ETag !== undefined ? { size: Size, etag: ETag } : undefined;
}

/** Copies a version to a key that is free. False when the key is taken. Rejects when the object is another version now. */
export async function copyTo(
  store: S3Options,
  from: S3Key,
  { token }: FoundFile,
  to: S3Key,
): Promise<boolean> {
  if ((await entryAt(store, to)) !== undefined) return false;
  await proveConditions(store, from);
  try {
    await copy(store, from, to, { CopySourceIfMatch: conditionOf(token), IfNoneMatch: '*' });
  } catch (error) {
    // The condition of the object or that of the new key was not met.
    if (kindOf(error) === 'changed' && (await entryAt(store, to)) !== undefined) return false;
    throw error;
  }
  if ((await entryAt(store, to))?.size === sizeOf(token)) return true;
  throw new Error('the copy in the archive is not whole');
}

/** Removes an object if it is still this version. In a bucket with versions, the version stays behind a delete marker. */
export async function removeIfSame(store: S3Options, at: S3Key, { token }: FoundFile): Promise<boolean> {
  await proveConditions(store, at);
  return await remove(store, at, conditionOf(token));
}

/** Moves an object to another key, if that is free. */
export async function moveBack(store: S3Options, from: S3Key, to: S3Key): Promise<void> {
  const found = await entryAt(store, from);
  if (found === undefined) throw new Error(`${from.key} is not there`);
  if ((await entryAt(store, to)) !== undefined) throw new Error(`another file is at ${to.key}`);
  await copy(store, from, to, { CopySourceIfMatch: found.etag, IfNoneMatch: '*' });
  await remove(store, from, found.etag);
}

async function copy(
  store: S3Options,
  from: S3Key,
  to: S3Key,
  conditions: Pick<CopyObjectCommandInput, 'CopySourceIfMatch' | 'IfNoneMatch'>,
): Promise<void> {
  const { sdk, control } = await clientsOf(store);
  // The SDK does not encode this value.
  const CopySource = `${from.bucket}/${from.key.split('/').map(encodeURIComponent).join('/')}`;
  const command = new sdk.CopyObjectCommand({ Bucket: to.bucket, Key: to.key, CopySource, ...conditions });
  await control.send(command, { abortSignal: AbortSignal.timeout(COPY_MS) });
}

async function remove(store: S3Options, { bucket, key }: S3Key, condition: string): Promise<boolean> {
  const { sdk, control } = await clientsOf(store);
  const command = new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: condition });
  try {
    await control.send(command, { abortSignal: AbortSignal.timeout(REMOVE_MS) });
    return true;
  } catch (error) {
    if (['absent', 'changed'].includes(kindOf(error))) return false;
    throw error;
  }
}

/** Asks for a copy that cannot happen, of an object that is there. False when the store refuses it, as it should. */
export async function copiesAnyway(store: S3Options, from: S3Key, to: S3Key): Promise<boolean> {
  try {
    await copy(store, from, to, { CopySourceIfMatch: NEVER });
    return true;
  } catch (error) {
    if (['absent', 'changed'].includes(kindOf(error))) return false;
    throw error;
  }
}

/** Asks to remove what is not there, on a condition. False when the store refuses it, as it should. */
export async function removesAnyway(store: S3Options, near: S3Key): Promise<boolean> {
  return await remove(store, beside(near), NEVER);
}

/** A key beside another one that nobody has. */
export function beside({ bucket, key }: S3Key): S3Key {
  return { bucket, key: `${key.replace(/[^/]*$/, '')}.sluice-${randomBytes(6).toString('hex')}` };
}

const proved = new Map<string, Promise<void>>();

/**
 * Some stores ignore the conditions of a copy or a delete, and a file that is replaced at that moment would be lost there. So a store
 * other than Amazon S3 has to refuse both once in each process before anything is removed (I5).
 */
async function proveConditions(store: S3Options, at: S3Key): Promise<void> {
  if (store.endpoint === undefined) return;
  const which = `${store.endpoint} ${at.bucket}`;
  const proof = proved.get(which) ?? prove(store, at);
  proved.set(which, proof);
  proof.catch(() => proved.delete(which));
  await proof;
}

async function prove(store: S3Options, at: S3Key): Promise<void> {
  const nothing = beside(at);
  const copies = await copiesAnyway(store, at, nothing);
  if (copies) await remove(store, nothing, NEVER);
  const removes = copies || (await removesAnyway(store, at));
  if (removes) throw ignores(store);
}

/** Why a store cannot be cleaned up. */
export function ignores({ endpoint }: S3Options): SourceAway {
  return new SourceAway(
    `the store at ${endpoint} ignores the conditions of a copy or a delete: a file that is replaced at that moment would be lost`,
    { code: 'IgnoresConditions', hint: 'set "cleanSource: off" for this feed, or use another store' },
  );
}
