import { isAscii } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { binaryKind } from '@sluice/core';
import { codeOf, ErrorWithHint } from '@sluice/process';

/** Enough of a sample to see how its records are written. */
const HEAD_CHARS = 128 * 1024;
const BLOCK_BYTES = 256 * 1024;

/** How samples are read, where a person says so. */
export interface ReadOptions {
  /** The encoding of samples without a byte order mark. By default the samples show it. */
  readonly encoding?: string;
  /** Reading ends when it fires. */
  readonly stopping?: AbortSignal;
}

/** A sample whose characters can be read. */
export interface Sample {
  readonly path: string;
  readonly stopping: AbortSignal | undefined;
  /** Its name without its folder. */
  readonly file: string;
  readonly encoding: string;
  /** It begins with a byte order mark, which says its encoding. */
  readonly mark: boolean;
  /** Its characters are all ASCII, so it does not contradict another encoding. */
  readonly ascii: boolean;
  readonly head: string;
  /** `head` is all of it. */
  readonly whole: boolean;
}

/**
 * Reads a sample once, to find out its encoding.
 *
 * @throws {ErrorWithHint} when it cannot be read, or nobody can say in which encoding it is
 */
export async function openSample(path: string, options: ReadOptions): Promise<Sample> {
  const evidence = new Evidence();
  for await (const block of blocksOf(path, options.stopping)) evidence.add(path, block);
  const encoding = evidence.mark ?? options.encoding ?? evidence.encoding;
  if (encoding === undefined) {
    throw new ErrorWithHint(
      `${path}: it is neither UTF-8 nor windows-1252`,
      'say its encoding with --encoding, such as windows-1251, iso-8859-2 or macintosh',
    );
  }
  const found = {
    path,
    stopping: options.stopping,
    file: basename(path),
    encoding,
    mark: evidence.mark !== undefined,
    ascii: evidence.ascii,
  };
  let head = '';
  for await (const text of textOf(found)) {
    head += text;
    if (head.length > HEAD_CHARS) return { ...found, head, whole: false };
  }
  return { ...found, head, whole: true };
}

/** The text of a sample, block by block, without its byte order mark. */
export async function* textOf(
  sample: Pick<Sample, 'path' | 'encoding' | 'stopping'>,
): AsyncGenerator<string> {
  const { path, encoding, stopping } = sample;
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const block of blocksOf(path, stopping)) yield decoder.decode(block, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ErrorWithHint(`${path}: it is not valid ${encoding}`, 'say another encoding with --encoding');
  }
}

async function* blocksOf(path: string, stopping: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: BLOCK_BYTES });
  const expand = /\.gz$/i.test(path)
    ? createGunzip()
    : /\.zst$/i.test(path)
      ? createZstdDecompress()
      : undefined;
  // The iterator below gets every error of the pipeline.
  const blocks: Readable = expand === undefined ? file : pipeline(file, expand, () => undefined);
  try {
    for await (const block of blocks) {
      if (stopping?.aborted) throw new ErrorWithHint('stopped before all samples were read', 'run it again');
      yield block as Uint8Array;
    }
  } catch (error) {
    if (error instanceof ErrorWithHint) throw error;
    throw new ErrorWithHint(
      `${resolve(path)} cannot be read (${codeOf(error)})`,
      'name a file that can be read',
    );
  }
}

const MARKS = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
] as const;

/** Bytes to which windows-1252 gives no character. */
const NOT_WINDOWS = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
const CURRENCY_OR_EURO = 0xa4;

/** What the bytes of a sample say about its encoding. */
class Evidence {
  mark: string | undefined;
  ascii = true;
  #begun = false;
  #utf8: InstanceType<typeof TextDecoder> | undefined = new TextDecoder('utf-8', { fatal: true });
  /** How often each byte beyond ASCII came, and how many of them stand behind two others. */
  readonly #bytes = new Float64Array(256);
  #thirds = 0;
  /** NUL bytes at even and at odd places of the first block. */
  #nuls: readonly [even: number, odd: number] = [0, 0];

  add(path: string, block: Uint8Array): void {
    if (!this.#begun) this.#begin(path, block);
    if (isAscii(block) && this.ascii) return;
    this.ascii = false;
    try {
      this.#utf8?.decode(block, { stream: true });
    } catch {
      this.#utf8 = undefined; // it is not valid UTF-8
    }
    if (this.#utf8 === undefined) this.#count(block);
  }

  #count(block: Uint8Array): void {
    let run = 0;
    for (const byte of block) {
      if (byte < 0x80) run = 0;
      else {
        this.#bytes[byte] = (this.#bytes[byte] ?? 0) + 1;
        run += 1;
        if (run > 2) this.#thirds += 1;
      }
    }
  }

  get encoding(): string | undefined {
    const [even, odd] = this.#nuls;
    if (even + odd > 0) return odd > even * 4 ? 'utf-16le' : even > odd * 4 ? 'utf-16be' : undefined;
    if (this.#isUtf8()) return 'utf-8';
    const times = (byte: number) => this.#bytes[byte] ?? 0;
    const beyond = this.#bytes.reduce((sum, count) => sum + count, 0);
    // In the languages that windows-1252 can write, three letters beyond ASCII hardly ever stand in a row.
    if (NOT_WINDOWS.some((byte) => times(byte) > 0) || this.#thirds > beyond / 10) return undefined;
    const controls = this.#bytes.subarray(0x80, 0xa0).some((count) => count > 0);
    return times(CURRENCY_OR_EURO) > 0 && !controls ? 'iso-8859-15' : 'windows-1252';
  }

  #begin(path: string, block: Uint8Array): void {
    this.#begun = true;
    const kind = binaryKind(block);
    if (kind !== undefined) {
      throw new ErrorWithHint(`${path}: it is no text, but begins like ${kind}`, 'name a sample in CSV form');
    }
    this.mark = MARKS.find(([, bytes]) => bytes.every((byte, i) => block[i] === byte))?.[0];
    const nuls = [0, 0];
    for (let at = 0; at < block.length; at += 1) if (block[at] === 0) nuls[at % 2] = (nuls[at % 2] ?? 0) + 1;
    this.#nuls = [nuls[0] ?? 0, nuls[1] ?? 0];
  }

  #isUtf8(): boolean {
    try {
      this.#utf8?.decode();
      return this.#utf8 !== undefined;
    } catch {
      return false; // it ends within a character
    }
  }
}
