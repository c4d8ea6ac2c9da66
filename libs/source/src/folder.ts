import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FoundFile, isSourceName, type SeenFile, tokenOf } from '@sluice/core';
import { OpenSource } from './open-source.ts';
import { SourceIo } from './source-io.ts';
import { absentOr, UnreadableFile, unlessOfFolder } from './unreadable-file.ts';

/** A regular file in a source folder, as one look found it; `name` is its name in the ledger. Times in ms since 1970. */
export interface SourceFile extends FoundFile {
  readonly modifiedAt: number;
  /** Last change of its inode: when it was moved in, or last written. */
  readonly landedAt: number;
  /** The same time as text: ctime in ns since 1970. It shows a change of content even if the old mtime was restored. */
  readonly changedAt: string;
  /** Its permission bits. */
  readonly mode: number;
}

/**
 * What a listing found: files, files that could not be looked at, and the number of names that are not UTF-8, which neither
 * Node nor PostgreSQL can hold as text.
 */
export interface Listing {
  readonly files: readonly SourceFile[];
  readonly unreadable: readonly UnreadableFile[];
  readonly unreadableNames: number;
}

const LSTAT_AT_ONCE = 256;

/**
 * The source folder of a feed. It takes and gives files by their names in the ledger, which begin with the feed's prefix. Nothing
 * outside the folder is ever opened: names come from its own listing and are checked again (I10).
 */
export class SourceFolder {
  readonly path: string;
  /** The requests to the files of this folder that are open, and those to open one. */
  readonly io: SourceIo;
  readonly #names: (bareName: string) => boolean;
  readonly #prefix: string;

  /**
   * @param names says which names in the folder are source files; the others are ignored
   * @param prefix what the names of this feed's files begin with in the ledger
   */
  constructor(path: string, names = isSourceName, prefix = '') {
    this.path = path;
    this.io = new SourceIo(path);
    this.#names = names;
    this.#prefix = prefix;
  }

  /** The name in the ledger of a file with this name in the folder. */
  nameOf(bareName: string): string {
    return `${this.#prefix}${bareName}`;
  }

  /** The name in the folder of a file with this name in the ledger. Throws on anything that would lead elsewhere (I10). */
  bareName(name: string): string {
    const bare = this.#bare(name);
    if (bare === undefined) throw new Error(`not a name in the source folder: ${JSON.stringify(name)}`);
    return bare;
  }

  /** Whether a file with this name in the ledger belongs to this feed and lies directly in this folder. */
  owns(name: string): boolean {
    return this.#bare(name) !== undefined;
  }

  /** Undefined for a name of another feed, and for one that would lead out of the folder. */
  #bare(name: string): string | undefined {
    const bare = name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : undefined;
    return bare !== undefined && isPlainName(bare) ? bare : undefined;
  }

  /** Creates the folder if it is missing. */
  async ensure(): Promise<void> {
    await mkdir(this.path, { recursive: true });
  }

  /** Identifies the folder: one that was created again differs, even with the same inode. Undefined when there is none. */
  async identity(): Promise<string | undefined> {
    // If the folder cannot be read, the listing says why.
    const found = await stat(this.path, { bigint: true }).catch(() => undefined);
    return found?.isDirectory() ? `${found.dev}-${found.ino}-${found.birthtimeNs}` : undefined;
  }

  /** Lists the source files: regular files with a source name, directly in the folder. Links, pipes and folders are ignored. */
  async list(): Promise<Listing> {
    const { names, unreadableNames } = await this.names();
    return { ...(await this.looks(names)), unreadableNames };
  }

  /** The names that {@link list} looks at, without looking at each file. */
  async names(): Promise<{ readonly names: string[]; readonly unreadableNames: number }> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const names: string[] = [];
    let unreadableNames = 0;
    for (const entry of await readdir(this.path, { withFileTypes: true, encoding: 'buffer' })) {
      if (!entry.isFile()) continue;
      const name = decode(decoder, entry.name);
      if (name === undefined) unreadableNames += 1;
      else if (this.#names(name)) names.push(this.nameOf(name));
    }
    return { names, unreadableNames };
  }

  /** Looks at these files. Those that are not there are left out. */
  async looks(names: readonly string[]): Promise<Pick<Listing, 'files' | 'unreadable'>> {
    const files: SourceFile[] = [];
    const unreadable: UnreadableFile[] = [];
    for (let i = 0; i < names.length; i += LSTAT_AT_ONCE) {
      const looks = names.slice(i, i + LSTAT_AT_ONCE).map((name) => this.look(name).catch(unlessOfFolder));
      for (const look of await Promise.all(looks)) {
        if (look instanceof UnreadableFile) unreadable.push(look);
        else if (look !== undefined) files.push(look);
      }
    }
    return { files, unreadable };
  }

  /** The files whose names in the folder begin with `beginning`, source files or not. */
  async namesBeginningWith(beginning: string): Promise<string[]> {
    const names = await readdir(this.path);
    return names.filter((name) => name.startsWith(beginning)).map((name) => this.nameOf(name));
  }

  /**
   * Looks at one file without opening it; undefined when it is not there or is no regular file.
   *
   * @throws {UnreadableFile} when the file system cannot tell
   */
  async look(name: string): Promise<SourceFile | undefined> {
    if (this.#bare(name) === undefined) return undefined;
    const found = await lstat(this.pathOf(name), { bigint: true }).catch(absentOr(name));
    if (!found?.isFile()) return undefined;
    return {
      name,
      token: tokenOf(found),
      modifiedAt: Number(found.mtimeMs),
      landedAt: Number(found.ctimeMs),
      changedAt: String(found.ctimeNs),
      mode: Number(found.mode & 0o777n),
    };
  }

  /**
   * Opens one file for reading; undefined when it is not there, is no regular file, or would lie outside the folder.
   *
   * @throws {UnreadableFile} when it may not or cannot be read
   */
  async open(name: string): Promise<OpenSource | undefined> {
    if (this.#bare(name) === undefined) return undefined;
    // O_NOFOLLOW and O_NONBLOCK: a link or a pipe in the file's place must neither lead out of the folder nor block.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await this.io
      .run(
        () => open(this.pathOf(name), flags),
        (late) => late.close(),
      )
      .catch(absentOr(name));
    if (handle === undefined) return undefined;
    const source = new OpenSource(name, handle, this.io);
    if (await source.isFile()) return source;
    await source[Symbol.asyncDispose]();
    return undefined;
  }

  /** Why a file cannot be read now; undefined when it can, or is not there. */
  async trouble(name: string): Promise<UnreadableFile | undefined> {
    try {
      await using _ = await this.open(name);
      return undefined;
    } catch (error) {
      if (error instanceof UnreadableFile) return error;
      throw error;
    }
  }

  /**
   * SHA-256 of a file; undefined when the file is gone or has changed since the given look at it.
   *
   * @throws {UnreadableFile} when it may not or cannot be read
   */
  async contentHash(file: SeenFile): Promise<string | undefined> {
    await using source = await this.open(file.name);
    if (source === undefined) return undefined;
    const hash = await source.wholeHash();
    const { token, changedAt } = await source.look();
    return token === file.token && changedAt === file.changedAt ? hash : undefined;
  }

  /**
   * Says whether the last line of an uncompressed file has a line end; undefined when the file is gone or has changed.
   *
   * @throws {UnreadableFile} when it may not or cannot be read
   */
  async endsItsLine(file: FoundFile): Promise<boolean | undefined> {
    await using source = await this.open(file.name);
    if (source === undefined) return undefined;
    const ends = await source.endsItsLine();
    return (await source.token()) === file.token ? ends : undefined;
  }

  /** Path of a file of this feed. Throws on anything that would lead elsewhere (I10). */
  pathOf(name: string): string {
    return join(this.path, this.bareName(name));
  }
}

function decode(decoder: InstanceType<typeof TextDecoder>, name: Buffer): string | undefined {
  try {
    return decoder.decode(name);
  } catch {
    return undefined; // not UTF-8: the caller counts it
  }
}

/** Names come from listings and from the ledger. Only a plain name is sure to stay inside the folder (I10). */
function isPlainName(name: string): boolean {
  return basename(name) === name && !['', '.', '..'].includes(name);
}
