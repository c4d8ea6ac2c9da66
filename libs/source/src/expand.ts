import { constants, createGunzip, createInflateRaw, createZstdDecompress } from 'node:zlib';

export type Compression = 'gzip' | 'zstd';

/** What a stream expands. `deflate` is the data within a zip archive. */
type Stream = Compression | 'deflate';

const BLOCK_BYTES = 64 * 1024;

/** Windows of at most 32 MiB, because a frame itself says how much memory it needs (I8). */
const MAX_WINDOW_LOG = 25;

/** The first bytes of a gzip member or a Zstandard frame. A skippable frame has one of sixteen magic numbers. */
const BEGINNINGS: Readonly<Record<Stream, readonly (readonly number[])[]>> = {
  deflate: [[]],
  gzip: [[0x1f, 0x8b]],
  zstd: [[0x28, 0xb5, 0x2f, 0xfd], ...Array.from({ length: 16 }, (_, i) => [0x50 + i, 0x2a, 0x4d, 0x18])],
};

const OTHER_CONTENT = 'other content follows the gzip members';

const NAMES: Readonly<Record<Stream, string>> = { gzip: 'gzip', zstd: 'Zstandard', deflate: 'deflate' };

/** How a source file of this name is compressed. */
export function compressionOf(name: string): Compression | 'zip' | null {
  if (/\.gz$/i.test(name)) return 'gzip';
  if (/\.zip$/i.test(name)) return 'zip';
  return /\.zst$/i.test(name) ? 'zstd' : null;
}

/**
 * Compressed content that cannot be read any further. If the reason is a wrong checksum, which stands at the end, the output
 * before it may be damaged too.
 */
export class ExpansionFault extends Error {
  override readonly name = 'ExpansionFault';
  readonly reason: 'archive' | 'compression' | 'expansion';
  readonly detail: string;

  constructor(reason: ExpansionFault['reason'], detail: string) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
    this.detail = detail;
  }
}

/**
 * Expands compressed content, block by block and in constant memory. The same bytes give the same output and then the same
 * fault, however they are cut into blocks and however slowly the output is read (I6).
 *
 * @param o.size bytes of the whole file   @param o.limit how many times its size it may expand to
 * @throws {ExpansionFault} when nothing more can be read
 */
export async function* expand(
  blocks: AsyncIterable<Uint8Array>,
  o: { readonly compression: Stream; readonly size: number; readonly limit: number },
): AsyncGenerator<Uint8Array> {
  let room = o.size * o.limit;
  for await (const output of decompress(inEqualBlocks(blocks), o.compression)) {
    for (let at = 0; at < output.length; at += BLOCK_BYTES) {
      const block = output.subarray(at, at + BLOCK_BYTES);
      if (block.length > room) {
        if (room > 0) yield block.subarray(0, room);
        throw new ExpansionFault('expansion', `expands to more than ${o.limit} times its size`);
      }
      room -= block.length;
      yield block;
    }
  }
}

/** One stream reads all members of a gzip file, and only zeros may follow the last one. Each Zstandard frame gets a new stream. */
async function* decompress(
  blocks: AsyncIterable<Uint8Array>,
  compression: Stream,
): AsyncGenerator<Uint8Array> {
  let stream: Decompressor | undefined;
  let over = false;
  try {
    for await (const block of blocks) {
      let rest = block;
      while (rest.length > 0 && !over) {
        stream ??= new Decompressor(compression, rest);
        rest = rest.subarray(yield* stream.push(rest));
        if (rest.length === 0) break;
        stream.close();
        stream = undefined;
        over = compression !== 'zstd';
      }
      if (rest.some((byte) => byte !== 0)) throw new ExpansionFault('compression', OTHER_CONTENT);
    }
    if (stream !== undefined) yield* stream.end();
  } finally {
    stream?.close();
  }
}

/** One of Node's streams, driven by hand, because its own iterator loses output that was not read before an error. */
class Decompressor {
  readonly #stream: ReturnType<typeof createGunzip | typeof createInflateRaw | typeof createZstdDecompress>;
  #fed = 0;
  #done = false;
  #fault: ExpansionFault | undefined;
  #wake: () => void = () => undefined;

  /** @param beginning the first bytes of its input */
  constructor(compression: Stream, beginning: Uint8Array) {
    const begins = (mark: readonly number[]) =>
      mark.every((byte, i) => i >= beginning.length || byte === beginning[i]);
    if (!BEGINNINGS[compression].some(begins))
      throw new ExpansionFault('compression', `content that does not begin like ${NAMES[compression]}`);
    this.#stream = streamOf(compression);
    this.#stream.on('readable', () => this.#wake());
    this.#stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault = new ExpansionFault('compression', wordsFor(error, NAMES[compression]));
      this.#wake();
    });
  }

  /** Gives what the block expands to. Returns how many bytes of the block it took; it takes none after the end of its content. */
  async *push(block: Uint8Array): AsyncGenerator<Uint8Array, number> {
    const before = this.#fed;
    this.#done = false;
    this.#stream.write(block, (error) => error ?? this.#finished());
    yield* this.#output();
    this.#fed = this.#stream.bytesWritten;
    return this.#fed - before;
  }

  /** Gives what is left, and throws if the content is incomplete. */
  async *end(): AsyncGenerator<Uint8Array> {
    this.#done = false;
    this.#stream.once('end', () => this.#finished());
    this.#stream.end();
    yield* this.#output();
  }

  /** Frees the stream. It may be called in the middle of a block. */
  close(): void {
    this.#stream.destroy();
  }

  #finished(): void {
    this.#done = true;
    this.#wake();
  }

  /** Reads all output before it looks at the error, so that a slow reader gets as much as a fast one. */
  async *#output(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const output: Uint8Array | null = this.#stream.read();
      if (output !== null) yield output;
      else if (this.#fault !== undefined) throw this.#fault;
      else if (this.#done) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

function streamOf(compression: Stream) {
  const o = { chunkSize: BLOCK_BYTES };
  if (compression === 'gzip') return createGunzip(o);
  if (compression === 'deflate') return createInflateRaw(o);
  return createZstdDecompress({ ...o, params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } });
}

function wordsFor({ code, message }: NodeJS.ErrnoException, name: string): string {
  // zlib says this where another member should begin. The beginning of the first member was checked before.
  if (message === 'incorrect header check') return OTHER_CONTENT;
  if (code === 'Z_BUF_ERROR') return `${name} content that ends too early`;
  if (code === 'ZSTD_error_frameParameter_windowTooLarge')
    return 'Zstandard content with a window of more than 32 MiB';
  return `${name} content that is damaged (${code})`;
}

/** Cuts the content into blocks of one size, except the last. Each is valid until the next one is asked for. */
async function* inEqualBlocks(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const whole = Buffer.allocUnsafe(BLOCK_BYTES);
  let filled = 0;
  for await (const block of blocks) {
    for (let at = 0; at < block.length; ) {
      const part = block.subarray(at, at + BLOCK_BYTES - filled);
      whole.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < BLOCK_BYTES) continue;
      yield whole;
      filled = 0;
    }
  }
  if (filled > 0) yield whole.subarray(0, filled);
}
