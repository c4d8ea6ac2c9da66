import { createHash, type Hash } from 'node:crypto';
import { type EncodingName, endsItsLine, type SeenFile, sizeOf, type Token } from '@sluice/core';

const BLOCK_BYTES = 64 * 1024;
/** This many bytes from each end of a file show its encoding and whether it ends in a newline. */
const EDGE_BYTES = 4;

/** What a look at an open file shows. The ctime also shows a change of content that leaves the token the same. */
export type Look = Pick<SeenFile, 'token' | 'changedAt'>;

/** The content of an open file, as its source gives it. It rejects as the methods of a source do. */
export interface Content {
  /** What the open file is now. */
  look(): Promise<Look>;
  /** Reads so many bytes from this place of the file, into the beginning of `buffer`. Returns how many there were; 0 at the end. */
  read(buffer: Buffer, bytes: number, at: number): Promise<number>;
  close(): Promise<void>;
}

/** One open source file. */
export class OpenSource {
  /** What the first look at the open file has shown. */
  readonly opened: Look;
  readonly #content: Content;
  #given = 0;
  #hash: Hash | undefined;

  constructor(content: Content, opened: Look) {
    this.#content = content;
    this.opened = opened;
  }

  /** The current token of the open file. It changes when somebody writes to the file. */
  async token(): Promise<Token> {
    return (await this.look()).token;
  }

  async look(): Promise<Look> {
    return await this.#content.look();
  }

  async size(): Promise<number> {
    return sizeOf(await this.token());
  }

  /**
   * Says whether its last line has a line end, from its first and last bytes.
   *
   * @param encoding that of a file without a byte order mark
   * @throws {UnreadableFile} when the source fails to give them
   */
  async endsItsLine(encoding: EncodingName): Promise<boolean> {
    const size = await this.size();
    const [head, tail] = [Buffer.alloc(EDGE_BYTES), Buffer.alloc(Math.min(size, EDGE_BYTES))];
    await this.#fill(head, EDGE_BYTES, 0);
    await this.#fill(tail, tail.length, size - tail.length);
    return endsItsLine({ head, tail, size }, encoding);
  }

  /**
   * Its content from the beginning, in blocks; each is valid until the next one is asked for.
   *
   * @throws {UnreadableFile} when the source fails to give it
   */
  blocks(): AsyncGenerator<Buffer> {
    return this.#read(Number.POSITIVE_INFINITY);
  }

  /** Like {@link blocks}, and hashes what it gives. */
  async *hashedBlocks(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    this.#hash = hash;
    this.#given = 0;
    for await (const block of this.blocks()) {
      hash.update(block);
      this.#given += block.length;
      yield block;
    }
  }

  /** Fills `buffer` from this place of the file on. Returns how many bytes there were, which are fewer only at its end. */
  async readAt(buffer: Buffer, at: number): Promise<number> {
    for (let filled = 0; ; ) {
      const bytes =
        filled < buffer.length
          ? await this.#fill(buffer.subarray(filled), buffer.length - filled, at + filled)
          : 0;
      if (bytes === 0) return filled;
      filled += bytes;
    }
  }

  /** SHA-256 of what {@link hashedBlocks} has given since it was last called. */
  givenHash(): string {
    return (this.#hash?.copy() ?? createHash('sha256')).digest('hex');
  }

  /** SHA-256 of the whole file, which is read for this. */
  async wholeHash(): Promise<string> {
    return await this.#hashOf(Number.POSITIVE_INFINITY);
  }

  /** Reads again what {@link hashedBlocks} has given since it was last called. False when the content is no longer the same. */
  async givesTheSame(): Promise<boolean> {
    return (await this.#hashOf(this.#given)) === this.givenHash();
  }

  async #hashOf(bytes: number): Promise<string> {
    const hash = createHash('sha256');
    for await (const block of this.#read(bytes)) hash.update(block);
    return hash.digest('hex');
  }

  /** The first `bytes` bytes, in blocks that share one buffer. */
  async *#read(bytes: number): AsyncGenerator<Buffer> {
    // One byte more than the file has shows in the same call that it ends there.
    const size = sizeOf(this.opened.token);
    const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, size + 1));
    for (let at = 0; at < bytes; ) {
      const wanted = Math.min(buffer.length, bytes - at);
      const bytesRead = await this.#fill(buffer, wanted, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
      if (bytesRead < wanted && at >= size) return;
    }
  }

  /** Reads bytes from this place of the file. Returns how many there were. */
  async #fill(buffer: Buffer, bytes: number, at: number): Promise<number> {
    return await this.#content.read(buffer, bytes, at);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#content.close();
  }
}
