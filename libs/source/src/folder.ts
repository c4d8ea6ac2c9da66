import { type BigIntStats, constants, lstatSync } from 'node:fs';
import { lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import {
  baseOf,
  type EncodingName,
  FIRST_FEED,
  type FoundFile,
  isSourceName,
  ledgerName,
  type SeenFile,
  sizeOf,
  tokenOf,
} from '@sluice/core';
import { openAtOnce, openPatiently } from './handles.ts';
import { Locality } from './local.ts';
import { OpenSource } from './open-source.ts';
import { SourceIo } from './source-io.ts';
import { absentOr, absentOrUnreadable, UnreadableFile, unlessOfFolder } from './unreadable-file.ts';

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
 * To whom a name in a source folder belongs, as its feed sees it: to this feed, to this and to another one, so that neither takes
 * it, to another one alone, or to none.
 */
export type Claim = 'own' | 'ambiguous' | 'other' | 'unclaimed';

/** The files in a folder that no feed takes. */
export interface LeftOut {
  /** Names in the ledger of files that another feed matches as well. */
  readonly ambiguous: readonly string[];
  /** How many files no feed matches. */
  readonly unclaimed: number;
}

/**
 * What a listing found: files, files that could not be looked at, and the number of names that are not UTF-8, which neither
 * Node nor PostgreSQL can hold as text.
 */
export interface Listing extends LeftOut {
  readonly files: readonly SourceFile[];
  readonly unreadable: readonly UnreadableFile[];
  readonly unreadableNames: number;
}

/** A file of a local file system is read by synchronous calls if it has at most so many bytes, which takes less than a millisecond. */
const AT_ONCE_BYTES = 256 * 1024;
/** A look at both ends of a file reads less than this. */
const EDGES_BYTES = 1024;

/** How long synchronous looks at many files may hold up other work, in ms. */
const TURN_MS = 5;

/** A call to a file system that hangs keeps its thread, and all sources share the few threads of this process. */
const LSTAT_AT_ONCE = 2;
/** So many looks are one request, because each request costs a timer. */
const LOOKS_PER_REQUEST = 64;

/** The names that a feed without patterns takes. */
const byEnding = (bareName: string): Claim => (isSourceName(bareName) ? 'own' : 'unclaimed');

/**
 * The source folder of a feed. It takes and gives files by their names in the ledger, which begin with the feed's prefix. Nothing
 * outside the folder is ever opened: names come from its own listing and are checked again (I10).
 */
export class SourceFolder {
  readonly path: string;
  /** The requests to this folder and to the files of it that are open. */
  readonly io: SourceIo;
  readonly #locality: Locality;
  readonly #claim: (bareName: string) => Claim;
  readonly #feed: string;

  /**
   * @param claim says to whom a name in the folder belongs; only this feed's own names are listed
   * @param feed the feed whose folder it is
   */
  constructor(path: string, claim = byEnding, feed = FIRST_FEED) {
    this.path = path;
    this.io = new SourceIo(path);
    this.#locality = new Locality(path, this.io);
    this.#claim = claim;
    this.#feed = feed;
  }

  /** To whom a name in the folder belongs. */
  claim(bareName: string): Claim {
    return this.#claim(bareName);
  }

  /** The name in the ledger of a file with this name in the folder. */
  nameOf(bareName: string): string {
    return ledgerName(this.#feed, bareName);
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
    const bare = baseOf(name);
    return this.nameOf(bare) === name && isPlainName(bare) ? bare : undefined;
  }

  /** Creates the folder if it is missing. */
  async ensure(): Promise<void> {
    await this.io.run(() => mkdir(this.path, { recursive: true }));
  }

  /** Identifies the folder: one that was created again differs, even with the same inode. Undefined when there is none. */
  async identity(): Promise<string | undefined> {
    // If the folder cannot be read, the listing says why.
    const found = await this.io.run(() => stat(this.path, { bigint: true })).catch(() => undefined);
    return found?.isDirectory() ? `${found.dev}-${found.ino}-${found.birthtimeNs}` : undefined;
  }

  /** Lists the source files: regular files with a source name, directly in the folder. Links, pipes and folders are ignored. */
  async list(): Promise<Listing> {
    const { names, ...others } = await this.names();
    return { ...(await this.looks(names)), ...others };
  }

  /** The names that {@link list} looks at, without looking at each file. */
  async names(): Promise<{ readonly names: readonly string[] } & LeftOut & Pick<Listing, 'unreadableNames'>> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const names: string[] = [];
    const ambiguous: string[] = [];
    let [unreadableNames, unclaimed] = [0, 0];
    for (const entry of await this.io.run(() =>
      readdir(this.path, { withFileTypes: true, encoding: 'buffer' }),
    )) {
      if (!entry.isFile()) continue;
      const name = decode(decoder, entry.name);
      const claim = name === undefined ? undefined : this.#claim(name);
      if (name === undefined) unreadableNames += 1;
      else if (claim === 'own') names.push(this.nameOf(name));
      else if (claim === 'ambiguous') ambiguous.push(this.nameOf(name));
      // A name with a dot is that of a file that is still being brought, or of one that is being cleaned up.
      else if (claim === 'unclaimed' && !name.startsWith('.')) unclaimed += 1;
    }
    return { names, ambiguous, unclaimed, unreadableNames };
  }

  /** Looks at these files. Those that are not there are left out. */
  async looks(names: readonly string[]): Promise<Pick<Listing, 'files' | 'unreadable'>> {
    const files: SourceFile[] = [];
    const unreadable: UnreadableFile[] = [];
    const keep = (look: SourceFile | UnreadableFile | undefined) => {
      if (look instanceof UnreadableFile) unreadable.push(look);
      else if (look !== undefined) files.push(look);
    };
    let turnedAt = performance.now();
    for (let i = 0; i < names.length; i += LOOKS_PER_REQUEST) {
      const some = names.slice(i, i + LOOKS_PER_REQUEST);
      if (!(await this.#locality.isLocal())) {
        for (const look of await this.io.run(() => this.#looks(some))) keep(look);
        continue;
      }
      for (const name of some) keep(this.#lookAtOnce(name));
      if (performance.now() - turnedAt < TURN_MS) continue;
      await turn();
      turnedAt = performance.now();
    }
    return { files, unreadable };
  }

  async #looks(names: readonly string[]): Promise<(SourceFile | UnreadableFile | undefined)[]> {
    const found: (SourceFile | UnreadableFile | undefined)[] = [];
    for (let i = 0; i < names.length; i += LSTAT_AT_ONCE) {
      const some = names.slice(i, i + LSTAT_AT_ONCE);
      found.push(...(await Promise.all(some.map((name) => this.#look(name).catch(unlessOfFolder)))));
    }
    return found;
  }

  #lookAtOnce(name: string): SourceFile | UnreadableFile | undefined {
    if (this.#bare(name) === undefined) return undefined;
    try {
      return seen(name, lstatSync(this.pathOf(name), { bigint: true, throwIfNoEntry: false }));
    } catch (error) {
      return absentOrUnreadable(name, error);
    }
  }

  /** The files whose names in the folder begin with `beginning`, source files or not. */
  async namesBeginningWith(beginning: string): Promise<string[]> {
    const names = await this.io.run(() => readdir(this.path));
    return names.filter((name) => name.startsWith(beginning)).map((name) => this.nameOf(name));
  }

  /**
   * Looks at one file without opening it; undefined when it is not there or is no regular file.
   *
   * @throws {UnreadableFile} when the file system cannot tell
   */
  async look(name: string): Promise<SourceFile | undefined> {
    return await this.io.run(() => this.#look(name));
  }

  async #look(name: string): Promise<SourceFile | undefined> {
    if (this.#bare(name) === undefined) return undefined;
    return seen(name, await lstat(this.pathOf(name), { bigint: true }).catch(absentOr(name)));
  }

  /**
   * Opens one file for reading; undefined when it is not there, is no regular file, or would lie outside the folder.
   *
   * @param bytes how much of it is read at most. A little is read by synchronous calls if the file system is a local one
   * @throws {UnreadableFile} when it may not or cannot be read
   */
  async open(name: string, bytes = Number.POSITIVE_INFINITY): Promise<OpenSource | undefined> {
    if (this.#bare(name) === undefined) return undefined;
    // O_NOFOLLOW and O_NONBLOCK: a link or a pipe in the file's place must neither lead out of the folder nor block.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const atOnce = bytes <= AT_ONCE_BYTES && (await this.#locality.isLocal());
    const open = async () =>
      atOnce ? openAtOnce(this.pathOf(name), flags) : await openPatiently(this.pathOf(name), flags, this.io);
    const handle = await open().catch(absentOr(name));
    let source: OpenSource | undefined;
    try {
      const found = await handle?.stat();
      if (handle !== undefined && found?.isFile()) source = new OpenSource(name, handle, found);
    } finally {
      if (source === undefined) await handle?.close();
    }
    return source;
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
    await using source = await this.open(file.name, sizeOf(file.token));
    if (source?.opened.token !== file.token) return undefined;
    const hash = await source.wholeHash();
    const { token, changedAt } = await source.look();
    return token === file.token && changedAt === file.changedAt ? hash : undefined;
  }

  /**
   * Says whether the last line of an uncompressed file has a line end; undefined when the file is gone or has changed.
   *
   * @param encoding that of a file without a byte order mark
   * @throws {UnreadableFile} when it may not or cannot be read
   */
  async endsItsLine(file: FoundFile, encoding: EncodingName): Promise<boolean | undefined> {
    await using source = await this.open(file.name, EDGES_BYTES);
    if (source === undefined) return undefined;
    const ends = await source.endsItsLine(encoding);
    return (await source.token()) === file.token ? ends : undefined;
  }

  /** Path of a file of this feed. Throws on anything that would lead elsewhere (I10). */
  pathOf(name: string): string {
    return join(this.path, this.bareName(name));
  }
}

function seen(name: string, found: BigIntStats | undefined): SourceFile | undefined {
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
