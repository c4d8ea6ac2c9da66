import type { Token } from '@sluice/core';
import type { SourceFile } from '../source.ts';

/** What an answer of a store says of an object: an entry of a listing, or the headers of the object. */
export interface Shown {
  readonly size: number;
  readonly modifiedAt: Date;
  readonly etag: string;
}

/**
 * The token of an object: `<size>-<LastModified in whole seconds>-<ETag>`. The ETag is opaque. A listing shows milliseconds on some
 * stores, and the headers of an object only seconds. No listing shows the version, so that is not part of the token.
 */
function objectToken({ size, modifiedAt, etag }: Shown): Token {
  return `${size}-${secondsOf(modifiedAt)}-${encodeURIComponent(etag)}` as Token;
}

/** The ETag as a condition of a request. */
export function conditionOf(token: Token): string {
  return quoted(decodeURIComponent(token.split('-').slice(2).join('-')));
}

/** ETags stand in quotes in requests. A few stores leave them out in answers. */
function quoted(etag: string): string {
  return `"${etag}"`;
}

/** An ETag without its quotes; undefined where the store gives none, because nothing would tell two contents apart. */
export function bareTag(etag: string | undefined): string | undefined {
  const bare = etag?.replace(/^"(.*)"$/s, '$1');
  return bare === '' ? undefined : bare;
}

/** The look at an object. Its only time is that of its upload. */
export function fileOf(name: string, shown: Shown): SourceFile {
  const seconds = secondsOf(shown.modifiedAt);
  return {
    ...{ name, token: objectToken(shown), modifiedAt: seconds * 1_000, landedAt: seconds * 1_000 },
    changedAt: `${seconds}000000000`,
  };
}

const secondsOf = (time: Date) => Math.floor(time.getTime() / 1_000);
