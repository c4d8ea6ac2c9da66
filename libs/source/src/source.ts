import {
  baseOf,
  type EncodingName,
  FIRST_FEED,
  type FileNo,
  type FoundFile,
  isSourceName,
  type KnownFile,
  ledgerName,
  placeIn,
  type SeenFile,
  type SourceOptions,
  sizeOf,
  type Token,
} from '@sluice/core';
import { ChangedFile, UnreadableFile } from './errors.ts';
import type { OpenSource } from './open-source.ts';
import { SourceIo } from './source-io.ts';

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

/** What a source needs to know beside its place. */
export interface SourceNeeds {
  /** Says to whom a name in the place belongs. By default everything with the ending of a source file belongs to the feed. */
  readonly claim?: ((bareName: string) => Claim) | undefined;
  /** The feed whose place it is; by default `events`. */
  readonly feed?: string | undefined;
  /** Whether the feed takes files below folders of the place. */
  readonly deep?: boolean | undefined;
  /** How the place is reached. */
  readonly options?: SourceOptions | undefined;
}

/** What a kind of source promises, so that less has to be done to be sure. */
export interface Traits {
  /** A file is complete as soon as it is listed, so that nobody waits until it no longer changes. */
  readonly finishedWhenListed: boolean;
  /** All bytes that one open file gives are of one version: a file that is replaced meanwhile ends in an error, never in a mixture. */
  readonly versionAtOpen: boolean;
  /** A file that was moved keeps its token. Otherwise only its size and its content tell that it is the same. */
  readonly moveKeepsToken: boolean;
  /** For how long a file must not have changed at least, in ms, because its token does not show each change sooner. */
  readonly stableForAtLeast: number;
  /**
   * A listing of what is new costs much less than a whole one. Whole ones are rare then, and Redis remembers no file of the source, which may
   * keep millions of them (I8): the ledger is asked.
   */
  readonly listsRecent: boolean;
  /** Another service is asked with each request: only the watcher lists it unasked, and its heartbeat says what it has found. */
  readonly remote: boolean;
}

/** Which part of a source is listed. */
export interface Listing {
  /**
   * Names that sort before those of an earlier listing by the same object may be left out, where that saves work. A whole listing
   * finds what this one leaves out.
   */
  readonly recent?: boolean;
}

/** What this account may do in a place, as a trial has shown. `hint`: what to do about it. */
export type Ability =
  | { readonly may: 'list' | 'read' | 'archive' | 'delete'; readonly ok: true; readonly found: string }
  | {
      readonly may: 'list' | 'read' | 'archive' | 'delete';
      readonly ok: false;
      readonly found: string;
      readonly hint: string;
    };

/** What clean-up would have to be able to do. */
export interface ProvedCleanUp {
  readonly deletes: boolean;
  /** The places that it moves files to. */
  readonly movesTo: readonly string[];
}

/** What lies in a source and no feed takes. Names that begin with a dot are those of files that are being brought or cleaned up. */
export interface LeftOut {
  /** Names in the ledger of files that another feed matches as well. */
  readonly ambiguous: readonly string[];
  /** How many files no feed matches. */
  readonly unclaimed: number;
  /** How many names are no files: links, pipes, devices. */
  readonly specials: number;
  /** How many folders lie there into which nobody looks. */
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

/**
 * A part of a listing. `unreadableNames`: how many names can be held by neither Node nor PostgreSQL as text, or lead nowhere in this kind
 * of source.
 */
export interface Page extends LeftOut, Looks {
  readonly unreadableNames: number;
}

/**
 * What happens to a source file once all its records are in the ledger. `to` is a place, such as an absolute path of a folder.
 * `announce` is called with each path before the file gets it and can record the path, so that the file's place is known even
 * after a crash.
 */
export type Disposal =
  | { readonly kind: 'delete' }
  | { readonly kind: 'move'; readonly to: string; announce(path: string): Promise<void> };

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
  /** Watches the source as it is now. It is called before each listing. */
  watch(): Promise<void>;
  /** Whether the source is still the one that it watches. It is called once a second, so it must cost little. */
  isCurrent(): Promise<boolean>;
  close(): void;
}

/** A look at both ends of a file reads less than this. */
const EDGES_BYTES = 1024;

/** The names that a feed without patterns takes. */
const byEnding = (bareName: string): Claim => (isSourceName(bareName) ? 'own' : 'unclaimed');

/**
 * The place where the files of a feed arrive. It takes and gives files by their names in the ledger, which begin with the feed's
 * prefix. Nothing outside of the place is ever opened: names come from its own listing and are checked again (I10). Each kind of
 * place has an implementation, and all of them pass the same tests (`test/conformance.ts`). Nobody else knows which kind it is.
 *
 * A token begins with the size of the file and a hyphen; the rest is the kind's own. Every method rejects with {@link SourceAway} when
 * the place cannot be asked, with {@link UnreadableFile} for what concerns one file, and with {@link ChangedFile} when a file is
 * no longer the version that was opened. A source keeps no process alive between two requests.
 */
export abstract class Source {
  /** Where it is: the path of a folder, or a text such as `s3://bucket/prefix`. */
  readonly path: string;
  abstract readonly traits: Traits;
  /** The requests to this place and to the files of it that are open. */
  readonly io: SourceIo;
  protected readonly deep: boolean;
  protected readonly options: SourceOptions;
  readonly #claim: (bareName: string) => Claim;
  readonly #feed: string;

  constructor(
    path: string,
    { claim = byEnding, feed = FIRST_FEED, deep = false, options = {} }: SourceNeeds = {},
  ) {
    this.path = path;
    this.io = new SourceIo(path);
    this.deep = deep;
    this.options = options;
    this.#claim = claim;
    this.#feed = feed;
  }

  /** To whom a name in the place belongs, or a path below it. */
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

  /** Makes the place if it is missing and that is usual for its kind, and proves that it can be listed. */
  abstract ensure(): Promise<void>;

  /**
   * Tries what this account may do in the place: list it and read a file, and what its clean-up needs. Changes no file that it has not
   * made itself. What cannot be found out without harm is left out.
   */
  abstract prove(cleans: ProvedCleanUp): Promise<readonly Ability[]>;

  /** Identifies the place: one that was made again differs. Undefined when there is none. It costs little. */
  abstract identity(): Promise<string | undefined>;

  /** Lists the files that the feed takes, in pages of bounded size. What is no file, such as a link, is left out. */
  abstract list(o?: Listing): AsyncGenerator<Page>;

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

  /** The whole place of a file, as people are told of it and as the ledger has it. */
  placeOf(name: string): string {
    return placeIn(this.path, baseOf(name));
  }

  /** The first path that {@link dispose} tries when it moves a file to a place. It announces any other one. */
  firstPathIn(to: string, file: Pick<ClosedSource, 'name' | 'fileNo'>): string {
    return placeIn(to, baseOf(file.name));
  }

  /** The paths in a place that files of this name may have been given before the ledger recorded paths. */
  async *unrecordedPathsIn(_to: string, _name: string): AsyncGenerator<string> {
    // None: only folders were sources then.
  }

  /** Whether a file with the token `moved` may be one that had this token, and was moved by {@link dispose}. */
  maybeMoved(token: Token, moved: Token): boolean {
    return this.traits.moveKeepsToken ? token === moved : sizeOf(token) === sizeOf(moved);
  }

  /** @param ring is called with the name of what changed in the place; undefined when anything may have changed */
  abstract doorbell(ring: (bareName: string | undefined) => void): Doorbell;

  /** Why a file cannot be read now; undefined when it can, or is not there. */
  async trouble(name: string): Promise<UnreadableFile | undefined> {
    try {
      await using _ = await this.open(name);
      return undefined;
    } catch (error) {
      if (error instanceof UnreadableFile) return error;
      return unlessChanged(error);
    }
  }

  /** SHA-256 of a file; undefined when the file is gone or has changed since the given look at it. */
  async contentHash(file: SeenFile): Promise<string | undefined> {
    try {
      await using source = await this.open(file.name, sizeOf(file.token));
      if (source?.opened.token !== file.token) return undefined;
      const hash = await source.wholeHash();
      const { token, changedAt } = await source.look();
      return token === file.token && changedAt === file.changedAt ? hash : undefined;
    } catch (error) {
      return unlessChanged(error);
    }
  }

  /**
   * Says whether the last line of an uncompressed file has a line end; undefined when the file is gone or has changed.
   *
   * @param encoding that of a file without a byte order mark
   */
  async endsItsLine(file: FoundFile, encoding: EncodingName): Promise<boolean | undefined> {
    try {
      await using source = await this.open(file.name, EDGES_BYTES);
      if (source === undefined) return undefined;
      const ends = await source.endsItsLine(encoding);
      return (await source.token()) === file.token ? ends : undefined;
    } catch (error) {
      return unlessChanged(error);
    }
  }
}

/** Undefined for a file that is no longer the version that was opened. Throws any other error. */
function unlessChanged(error: unknown): undefined {
  if (!(error instanceof ChangedFile)) throw error;
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
