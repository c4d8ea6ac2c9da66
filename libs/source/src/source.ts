import {
  baseOf,
  type EncodingName,
  FIRST_FEED,
  type FileNo,
  type FoundFile,
  isSourceName,
  type KnownFile,
  ledgerName,
  type SeenFile,
  sizeOf,
} from '@sluice/core';
import type { OpenSource } from './open-source.ts';
import { SourceIo } from './source-io.ts';
import { UnreadableFile } from './unreadable-file.ts';

/** A file in a source, as one look found it; `name` is its name in the ledger. Times in ms since 1970. */
export interface SourceFile extends FoundFile {
  readonly modifiedAt: number;
  /** When it got there, or was last written. */
  readonly landedAt: number;
  /** The same time as text and as exactly as the source knows it. It shows a change of content even if the token is the same. */
  readonly changedAt: string;
}

/**
 * To whom a name in a source belongs, as its feed sees it: to this feed, to this and to another one, so that neither takes it, to
 * another one alone, or to none.
 */
export type Claim = 'own' | 'ambiguous' | 'other' | 'unclaimed';

/** What lies in a source and no feed takes. Names that begin with a dot are those of files that are being brought or cleaned up. */
export interface LeftOut {
  /** Names in the ledger of files that another feed matches as well. */
  readonly ambiguous: readonly string[];
  /** How many files no feed matches. */
  readonly unclaimed: number;
  /** How many names are no files: links, pipes, devices. */
  readonly specials: number;
  /** How many folders lie there, into which nobody looks. */
  readonly folders: number;
}

/** Nothing is left out. */
export const NOTHING_LEFT: LeftOut = { ambiguous: [], unclaimed: 0, specials: 0, folders: 0 };

/** What two parts of a listing leave out. */
export function bothLeftOut(one: LeftOut, other: LeftOut): LeftOut {
  return {
    ambiguous: one.ambiguous.concat(other.ambiguous),
    unclaimed: one.unclaimed + other.unclaimed,
    specials: one.specials + other.specials,
    folders: one.folders + other.folders,
  };
}

/** What looks have shown: files, and files that could not be looked at. */
export interface Looks {
  readonly files: readonly SourceFile[];
  readonly unreadable: readonly UnreadableFile[];
}

/** A part of a listing. `unreadableNames`: how many names are not UTF-8, which neither Node nor PostgreSQL can hold as text. */
export interface Page extends LeftOut, Looks {
  readonly unreadableNames: number;
}

/**
 * What happens to a source file once all its records are in the ledger. `folder` is an absolute path. `announce` is called with
 * each path before the file gets it and can record the path, so that the file's place is known even after a crash.
 */
export type Disposal =
  | { readonly kind: 'delete' }
  | { readonly kind: 'move'; readonly folder: string; announce(path: string): Promise<void> };

/** A version that the ledger has closed (I5). `contentHash`: SHA-256 of what was loaded, null if it was not read to its end. */
export interface ClosedSource extends KnownFile {
  readonly fileNo: FileNo;
  readonly contentHash: string | null;
}

/**
 * How a clean-up ended. `absent`: there is nothing to clean up, or another process does it. `put_back`: it was another file,
 * which is back in the source under `name`.
 */
export type CleanedUp =
  | { readonly outcome: 'deleted' | 'absent' }
  | { readonly outcome: 'moved'; readonly path: string }
  | { readonly outcome: 'put_back'; readonly name: string };

/** A file under its hidden name: its clean-up was interrupted, or another process is still cleaning it up. */
export interface HiddenFile {
  readonly hidden: string;
  readonly fileNo: FileNo;
}

/**
 * Rings when something changes in a source. It only says where to look: looks find what a file is, and a listing finds what a lost
 * ring did not announce.
 */
export interface Doorbell {
  /** Watches the source with this identity; undefined if there is none. */
  watch(identity: string | undefined): void;
  /** Whether it watches the source with this identity. */
  isOf(identity: string | undefined): boolean;
  close(): void;
}

/** A look at both ends of a file reads less than this. */
const EDGES_BYTES = 1024;

/** The names that a feed without patterns takes. */
const byEnding = (bareName: string): Claim => (isSourceName(bareName) ? 'own' : 'unclaimed');

/**
 * The place where the files of a feed arrive. It takes and gives files by their names in the ledger, which begin with the feed's
 * prefix. Nothing outside of the place is ever opened: names come from its own listing and are checked again (I10). Each kind of
 * place has an implementation, and all of them pass the same tests (`test/conformance.ts`).
 *
 * Every method rejects with {@link SourceHangs} when the place does not answer, with {@link UnreadableFile} for what concerns one
 * file, and with the error of the place for what concerns all of it.
 */
export abstract class Source {
  /** Where it is: the path of a folder. */
  readonly path: string;
  /** The requests to this place and to the files of it that are open. */
  readonly io: SourceIo;
  readonly #claim: (bareName: string) => Claim;
  readonly #feed: string;

  /**
   * @param claim says to whom a name in the place belongs; only this feed's own names are listed
   * @param feed the feed whose place it is
   */
  constructor(path: string, claim = byEnding, feed = FIRST_FEED) {
    this.path = path;
    this.io = new SourceIo(path);
    this.#claim = claim;
    this.#feed = feed;
  }

  /** To whom a name in the place belongs. */
  claim(bareName: string): Claim {
    return this.#claim(bareName);
  }

  /** The name in the ledger of a file with this name in the place. */
  nameOf(bareName: string): string {
    return ledgerName(this.#feed, bareName);
  }

  /** The name in the place of a file with this name in the ledger. Throws on anything that would lead elsewhere (I10). */
  bareName(name: string): string {
    const bare = baseOf(name);
    if (!this.owns(name)) throw new Error(`not a name in the source folder: ${JSON.stringify(name)}`);
    return bare;
  }

  /** Whether a file with this name in the ledger belongs to this feed and can lie in this place. */
  owns(name: string): boolean {
    const bare = baseOf(name);
    return this.nameOf(bare) === name && this.isName(bare);
  }

  /** Whether a file of the place can have this name, so that the name leads nowhere else (I10). */
  protected abstract isName(bareName: string): boolean;

  /** Makes the place if it is missing, and proves that it can be listed. */
  abstract ensure(): Promise<void>;

  /** Identifies the place: one that was made again differs. Undefined when there is none. */
  abstract identity(): Promise<string | undefined>;

  /** Lists the files that the feed takes, in pages of bounded size. What is no file, such as a link, is left out. */
  abstract list(): AsyncGenerator<Page>;

  /** Looks at these files. Those that are not there are left out. */
  abstract looks(names: readonly string[]): Promise<Looks>;

  /** Looks at one file without opening it; undefined when it is not there or is no regular file. */
  abstract look(name: string): Promise<SourceFile | undefined>;

  /**
   * Opens one file for reading; undefined when it is not there, is no regular file, or would lie outside of the place.
   *
   * @param bytes how much of it is read at most
   */
  abstract open(name: string, bytes?: number): Promise<OpenSource | undefined>;

  /**
   * Moves or deletes one closed file. A file that has been replaced in the meantime is noticed and stays. A file is deleted only
   * if its content is exactly what was loaded. Rejects when the file cannot be moved; the file is then back under its name.
   */
  abstract dispose(file: ClosedSource, disposal: Disposal): Promise<CleanedUp>;

  /** The files whose {@link dispose} was interrupted, or is being done by another process. */
  abstract unfinished(): Promise<HiddenFile[]>;

  /** Finishes what {@link dispose} began. It can safely be repeated after a crash, or run in two processes at once. */
  abstract finish(hidden: string, file: ClosedSource, disposal: Disposal): Promise<CleanedUp>;

  /** Gives a hidden file its old name, or a similar name that is free. It never overwrites another file. */
  abstract putBack(hidden: string, name: string): Promise<CleanedUp>;

  /** Brings a file that {@link dispose} moved to `from` back under its name. It never overwrites another file. */
  abstract takeBack(name: string, from: string): Promise<void>;

  /** @param ring is called with the name of what changed in the place; undefined when anything may have changed */
  abstract doorbell(ring: (bareName: string | undefined) => void): Doorbell;

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

  /** SHA-256 of a file; undefined when the file is gone or has changed since the given look at it. */
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
   */
  async endsItsLine(file: FoundFile, encoding: EncodingName): Promise<boolean | undefined> {
    await using source = await this.open(file.name, EDGES_BYTES);
    if (source === undefined) return undefined;
    const ends = await source.endsItsLine(encoding);
    return (await source.token()) === file.token ? ends : undefined;
  }
}

/** What a whole listing leaves out. */
export async function leftOutOf(source: Source): Promise<LeftOut> {
  let leftOut = NOTHING_LEFT;
  for await (const page of source.list()) leftOut = bothLeftOut(leftOut, page);
  return leftOut;
}

/** All files of a listing at once, for callers that need all of them. */
export async function listed(source: Source): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const page of source.list()) files.push(...page.files);
  return files;
}
