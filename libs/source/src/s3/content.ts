import { setTimeout as delay } from 'node:timers/promises';
import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Content, Look } from '../open-source.ts';
import type { SourceFile } from '../source.ts';
import { failedOf, kindOf, ofObject, withoutTag } from './failure.ts';
import type { S3Key, S3Options } from './place.ts';
import { clientsOf, endBody } from './store.ts';
import { bareTag, conditionOf, fileOf } from './token.ts';

/** How long the next bytes of a body may take, in ms. Only a wait counts: a reader that is slow itself never breaks a body. */
const STALLED_MS = 20_000;
/** How often a body is taken up again without one byte more. The waits between grow from 100 ms to 3 s. */
const RESUMES_AT_MOST = 5;

/** An object that is being opened. */
export interface Wanted extends S3Key {
  readonly store: S3Options;
  /** The address of its source, for messages. */
  readonly source: string;
  /** Its name in the ledger. */
  readonly name: string;
  /** How long the answer may take, and each next part of the body, in ms. */
  readonly within: number;
}

interface Body {
  /** Where the next byte of it lies in the object. */
  at: number;
  readonly blocks: AsyncIterator<Uint8Array>;
  readonly output: GetObjectCommandOutput;
}

/** Asks for an object, or for so many of its first bytes. Rejects with the error of the store. */
export async function openObject(wanted: Wanted, bytes = Number.POSITIVE_INFINITY): Promise<ObjectContent> {
  const ends = AbortSignal.timeout(wanted.within);
  const range = Number.isFinite(bytes) ? { Range: `bytes=0-${bytes - 1}` } : {};
  // An object without a byte has no first one.
  const output = await get(wanted, range, ends).catch((error: unknown) => {
    if (failedOf(error).status !== 416) throw error;
    return get(wanted, {}, ends);
  });
  try {
    const etag = bareTag(output.ETag);
    if (etag === undefined || output.LastModified === undefined) throw withoutTag(wanted.name);
    const size = await sizeOfBody(wanted, output, ends);
    return new ObjectContent(
      wanted,
      fileOf(wanted.name, { size, modifiedAt: output.LastModified, etag }),
      output,
    );
  } catch (error) {
    endBody(output.Body);
    throw error;
  }
}

async function get(
  { store, bucket, key }: Wanted,
  condition: Pick<GetObjectCommandInput, 'Range' | 'IfMatch'>,
  abortSignal: AbortSignal,
): Promise<GetObjectCommandOutput> {
  const { sdk, bodies } = await clientsOf(store);
  return await bodies.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...condition }), {
    abortSignal,
  });
}

/** A few stores announce no length, so that only a request for the headers tells when the body is whole. */
async function sizeOfBody(
  { store, bucket, key }: Wanted,
  { ContentRange, ContentLength, ETag }: GetObjectCommandOutput,
  abortSignal: AbortSignal,
): Promise<number> {
  const told = /\/(\d+)$/.exec(ContentRange ?? '')?.[1] ?? ContentLength;
  if (told !== undefined) return Number(told);
  const { sdk, control } = await clientsOf(store);
  const head = new sdk.HeadObjectCommand({ Bucket: bucket, Key: key, IfMatch: ETag });
  const { ContentLength: size } = await control.send(head, { abortSignal });
  if (size === undefined) throw new Error('the store does not say how long its objects are');
  return size;
}

/**
 * The content of one version of an object. Its bytes are counted, because a body that is cut without an announced length ends like a
 * whole one. A body that breaks or stalls is taken up again at the next byte, on the condition that it is still this version.
 */
export class ObjectContent implements Content {
  readonly opened: SourceFile;
  readonly #wanted: Wanted;
  readonly #size: number;
  #body: Body | undefined;
  #rest: Uint8Array = new Uint8Array();
  #closed = false;

  constructor(wanted: Wanted, opened: SourceFile, output: GetObjectCommandOutput) {
    this.#wanted = wanted;
    this.opened = opened;
    this.#size = Number.parseInt(opened.token, 10);
    this.#body = bodyOf(output, 0);
  }

  /** All bytes are of the version that was opened, because each request but the first is for that one. */
  async look(): Promise<Look> {
    return this.opened;
  }

  async read(buffer: Buffer, bytes: number, at: number): Promise<number> {
    const wanted = Math.min(bytes, Math.max(0, this.#size - at));
    let [filled, resumes] = [0, 0];
    while (filled < wanted) {
      try {
        const block = await this.#next(at + filled);
        const part = block.subarray(0, wanted - filled);
        buffer.set(part, filled);
        filled += part.length;
        this.#rest = block.subarray(part.length);
        resumes = 0;
      } catch (error) {
        this.#end();
        if (kindOf(error) !== 'away' || resumes === RESUMES_AT_MOST || this.#closed)
          throw ofObject(this.#wanted.source, this.#wanted.name, error);
        await delay(Math.min(100 * 2 ** resumes, 3_000));
        resumes += 1;
      }
    }
    return filled;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#end();
  }

  /** The next bytes from this place on, at least one. */
  async #next(at: number): Promise<Uint8Array> {
    const rest = this.#rest;
    if (this.#body !== undefined && this.#body.at - rest.length !== at) this.#end();
    else if (rest.length > 0) {
      this.#rest = new Uint8Array();
      return rest;
    }
    this.#body ??= bodyOf(await this.#ask(at), at);
    for (;;) {
      const { done, value } = await this.#inTime(this.#body.blocks.next(), () => this.#end());
      if (done) throw new Error('the body ended before the object did');
      this.#body.at += value.length;
      if (value.length > 0) return value;
    }
  }

  async #ask(at: number): Promise<GetObjectCommandOutput> {
    const ends = new AbortController();
    const part = { IfMatch: conditionOf(this.opened.token), Range: `bytes=${at}-` };
    const output = await this.#inTime(get(this.#wanted, part, ends.signal), () => ends.abort());
    if (Number(/^bytes (\d+)-/.exec(output.ContentRange ?? '')?.[1]) === at) return output;
    endBody(output.Body);
    throw new Error('the store gave another part of the object than it was asked for');
  }

  /** A body that stalls never ends by itself. The watch runs only while somebody waits for it. */
  async #inTime<T>(work: Promise<T>, late: () => void): Promise<T> {
    const overdue = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => {
        late();
        overdue.reject(new Error('the store sends no more'));
      },
      Math.min(this.#wanted.within, STALLED_MS),
    );
    try {
      return await Promise.race([work, overdue.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #end(): void {
    endBody(this.#body?.output.Body);
    this.#body = undefined;
    this.#rest = new Uint8Array();
  }
}

function bodyOf(output: GetObjectCommandOutput, at: number): Body {
  // In Node, a body is a stream that can be iterated over.
  const body = output.Body as AsyncIterable<Uint8Array> | undefined;
  return { at, output, blocks: (body ?? nothing())[Symbol.asyncIterator]() };
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An answer without a body has no bytes.
}
