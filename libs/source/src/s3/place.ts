import type { SourceOptions } from '@sluice/core';

/** How a store is reached, as a feed says it. Credentials are never part of it: the SDK finds them by its own chain. */
export type S3Options = Pick<SourceOptions, 'region' | 'endpoint' | 'pathStyle'>;

/** A place in a bucket. The prefix is empty or ends with a slash, so `s3://b/in` never takes the keys of `s3://b/input`. */
export interface S3Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** One object. */
export interface S3Key {
  readonly bucket: string;
  readonly key: string;
}

/** The longest key, in bytes. */
export const KEY_MAX = 1_024;

/** The place of an address such as `s3://bucket/prefix`. */
export function s3Place(address: string): S3Place {
  const [, bucket, path = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(address) ?? [];
  if (bucket === undefined) throw new Error(`not an address like s3://bucket/prefix: ${address}`);
  return { bucket, prefix: path === '' || path.endsWith('/') ? path : `${path}/` };
}

/** The address of a key, as the ledger and people name it. */
export function s3Address({ bucket, key }: S3Key): string {
  return `s3://${bucket}/${key}`;
}

/** The key of an address that {@link s3Address} made. */
export function s3Key(address: string): S3Key {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(address) ?? [];
  if (bucket === undefined || key === undefined) throw new Error(`not the address of a key: ${address}`);
  return { bucket, key };
}

/**
 * Whether a key can be used under exactly its name, everywhere. Proxies and file tools rewrite `..`, `.` and `//`, XML cannot carry
 * control characters reliably, and PostgreSQL holds no NUL. Such keys are counted, never rewritten (I10).
 */
export function isUsable(key: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f\ufffd-\uffff]/u.test(key) || !key.isWellFormed()) return false;
  return Buffer.byteLength(key) <= KEY_MAX && !key.split('/').some((step) => ['', '.', '..'].includes(step));
}
