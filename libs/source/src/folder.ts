import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FoundFile, isSourceName, type Token, tokenOf } from '@sluice/core';

/** A regular file in the source folder, as one look at it shows it. Times in ms since 1970. */
export interface SourceFile extends FoundFile {
  readonly modifiedAt: number;
  /** Last change of its inode: when it was moved in, or last written. */
  readonly landedAt: number;
  /** Its permission bits. */
  readonly mode: number;
}

/** What a listing found: files, and names that are not UTF-8, which neither Node nor PostgreSQL could hold as text. */
export interface Listing {
  readonly files: readonly SourceFile[];
  readonly unreadableNames: number;
}

const LSTAT_AT_ONCE = 256;
const BLOCK_BYTES = 64 * 1024;

/** The source folder. Nothing outside it is ever opened: names come from its own listing and are checked again (I10). */
export class SourceFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes the folder if it is missing. */
  async ensure(): Promise<void> {
    await mkdir(this.path, { recursive: true });
  }

  /** Inode of the folder itself: another one means that it was removed and made anew. */
  async identity(): Promise<bigint> {
    return (await lstat(this.path, { bigint: true })).ino;
  }

  /** Lists the source files: `*.csv`, regular, directly in the folder. Links, pipes and folders are left alone. */
  async list(): Promise<Listing> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const names: string[] = [];
    let unreadableNames = 0;
    for (const entry of await readdir(this.path, { withFileTypes: true, encoding: 'buffer' })) {
      if (!entry.isFile()) continue;
      const name = decode(decoder, entry.name);
      if (name === undefined) unreadableNames += 1;
      else if (isSourceName(name)) names.push(name);
    }
    const files: SourceFile[] = [];
    for (let i = 0; i < names.length; i += LSTAT_AT_ONCE) {
      const looks = await Promise.all(names.slice(i, i + LSTAT_AT_ONCE).map((name) => this.look(name)));
      files.push(...looks.filter((file) => file !== undefined));
    }
    return { files, unreadableNames };
  }

  /** Names in the folder that begin with `prefix`, source files or not. */
  async namesBeginningWith(prefix: string): Promise<string[]> {
    return (await readdir(this.path)).filter((name) => name.startsWith(prefix));
  }

  /** Looks at one file without opening it; undefined when it is not there or is no regular file. */
  async look(name: string): Promise<SourceFile | undefined> {
    const stat = await lstat(this.pathOf(name), { bigint: true }).catch(absent);
    if (!stat?.isFile()) return undefined;
    return {
      name,
      token: tokenOf(stat),
      modifiedAt: Number(stat.mtimeMs),
      landedAt: Number(stat.ctimeMs),
      mode: Number(stat.mode & 0o777n),
    };
  }

  /** Opens one file for reading; undefined when it is not there or is no regular file. */
  async open(name: string): Promise<OpenSource | undefined> {
    // O_NOFOLLOW and O_NONBLOCK: a link or a pipe that took the file's place must neither lead out nor hang.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(this.pathOf(name), flags).catch(absent);
    if (handle === undefined) return undefined;
    const stat = await handle.stat({ bigint: true });
    if (stat.isFile()) return new OpenSource(handle);
    await handle.close();
    return undefined;
  }

  /** SHA-256 of a file that is still the given version after reading; undefined when it is another by then. */
  async contentHash(file: FoundFile): Promise<string | undefined> {
    await using source = await this.open(file.name);
    if (source === undefined) return undefined;
    const hash = createHash('sha256');
    for await (const block of source.blocks()) hash.update(block);
    return (await source.token()) === file.token ? hash.digest('hex') : undefined;
  }

  /** Path of a name in the folder. Throws on anything that would lead elsewhere (I10). */
  pathOf(name: string): string {
    if (basename(name) !== name || name === '..')
      throw new Error(`not a name in the source folder: ${JSON.stringify(name)}`);
    return join(this.path, name);
  }
}

/** One open source file. */
export class OpenSource {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** The token of what is open, now: it changes when somebody writes to it. */
  async token(): Promise<Token> {
    return tokenOf(await this.#handle.stat({ bigint: true }));
  }

  /** Its content in blocks; each is valid until the next one is asked for. */
  async *blocks(): AsyncGenerator<Buffer> {
    const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, 0, BLOCK_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

function decode(decoder: InstanceType<typeof TextDecoder>, name: Buffer): string | undefined {
  try {
    return decoder.decode(name);
  } catch {
    return undefined; // not UTF-8: the caller counts it
  }
}

/** A file that is gone, or that is now a link, is an answer and not an error. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ELOOP' || error.code === 'ENXIO') return undefined;
  throw error;
}
