import {
  type FileNo,
  isKnown,
  type Recognised,
  recognise,
  type SeenFile,
  sizeOf,
  versionKey,
} from '@sluice/core';
import {
  closedContents,
  findVersions,
  type HashedVersion,
  type KnownVersion,
  markSeen,
  type NewVersion,
  noteChanges,
  noteFolder,
  openNames,
  registerKept,
  registerVersions,
} from '@sluice/ledger';
import { type Config, counted, killPoint, took } from '@sluice/process';
import { bothLeftOut, type LeftOut, NOTHING_LEFT, type SourceFile, UnreadableFile } from '@sluice/source';
import type { WaitingFiles } from '../observe/fleet.ts';
import type { FeedStores } from '../stores.ts';
import type { GoneFiles } from './gone-files.ts';
import { activeNewFiles, type Keep, type NewFiles } from './new-files.ts';
import { type Looked, StableFiles } from './stable-files.ts';
import { UnreadableFiles } from './unreadable-files.ts';

/** How many files are looked up at once, with one query of the checkpoint and at most three of the ledger. */
const SLICE = 500;

/** How long one scan compares contents of known files whose ctime has changed, so that new files need not wait for all of them. */
const COMPARE_MS = 2_000;

const HIDDEN_NAMED = 5;

export interface Scan {
  readonly registered: number;
  /** How many files were not registered before and are seen for the first time. */
  readonly found: number;
  /** Milliseconds until one of the waiting files may have become stable. */
  readonly stableIn: number | undefined;
  /** More files wait than could be remembered or compared, and some can be looked at now, so another scan is needed. */
  readonly more: boolean;
}

/**
 * Finds new file versions and registers them in the ledger before any job exists for them. What it finds depends only on the
 * files in the folder; events only say when to look. If two watchers run at once, each version is still registered once.
 */
export class Discovery {
  readonly #stores: Pick<FeedStores, 'config' | 'log' | 'feed' | 'feeds' | 'sql'>;
  readonly #settings: Pick<Config, 'stableFor' | 'unfinishedFor'>;
  readonly #stable: StableFiles;
  readonly #unreadable: UnreadableFiles;
  readonly #gone: GoneFiles | undefined;
  /** The identity of the folder that the watcher looked at last. */
  #identity: string | undefined;
  #warnedOfNames = 0;
  #compareUntil = 0;
  #toCompare = false;
  #hidden: string[] = [];
  #pinned: NewFiles | undefined | 'active' = 'active';
  #leftOut = NOTHING_LEFT;
  /** How many files the last whole scan listed. */
  #files = 0;
  /** The open versions that the present scan has listed. */
  #open = new Set<FileNo>();

  /** @param gone given only in the watcher, which alone records that files are gone and in which folder they were seen */
  constructor(stores: Pick<FeedStores, 'config' | 'log' | 'feed' | 'feeds' | 'sql'>, gone?: GoneFiles) {
    this.#stores = stores;
    this.#settings = settingsOf(stores);
    this.#stable = new StableFiles(this.#settings, (file) => this.#endsItsLine(file));
    this.#unreadable = new UnreadableFiles(stores.log);
    this.#gone = gone;
  }

  /**
   * What is pinned to the versions that are found from now on. Undefined: no new version is registered. Without this call, it is what
   * the ledger has for the feed.
   */
  pin(pinned: NewFiles | undefined): void {
    this.#pinned = pinned;
  }

  /** How many files of the feed the last whole scan listed. */
  get files(): number {
    return this.#files;
  }

  /** What the last whole scan found and no feed takes. */
  get leftOut(): LeftOut {
    return this.#leftOut;
  }

  /** The names of the files that cannot be read. */
  get unreadable(): UnreadableFiles['all'] {
    return this.#unreadable.all;
  }

  /** When one of the waiting files may have become stable, in monotonic ms. */
  get nextDue(): number {
    return this.#stable.nextDue;
  }

  /** The files that are not registered yet, because they may still be written to. */
  get waiting(): WaitingFiles {
    return this.#stable.waiting;
  }

  /**
   * Looks at the whole folder once. `tidy` also retries files that could not be read, records which files are gone, and removes
   * files that are no longer in the folder from the checkpoint (I8). `onward` is called whenever files were registered, so that
   * they need not wait for the end of the scan. `thorough` asks the ledger for every file, and so finds files that an entry of the
   * checkpoint hides: the entry may be forged, or left over from a database that lost commits.
   */
  async scan(tidy: boolean, onward?: () => void, thorough = false): Promise<Scan> {
    const { feed, log } = this.#stores;
    const { listsRecent } = feed.source.traits;
    let began = performance.now();
    this.#identity = this.#gone && (await feed.source.identity());
    if (tidy) this.#unreadable.retry();
    this.#begin('all');
    let leftOut = NOTHING_LEFT;
    const present: SourceFile[] = [];
    const stillListed = new Set<string>();
    this.#open = new Set();
    let [files, registered, unreadableNames] = [0, 0, 0];
    for await (const page of feed.source.list({ recent: !tidy })) {
      const looked = { began, ended: performance.now() };
      leftOut = bothLeftOut(leftOut, page);
      unreadableNames += page.unreadableNames;
      for (const file of page.unreadable) this.#unreadable.tell(file);
      files += page.files.length;
      if (tidy && !listsRecent) present.push(...page.files);
      for (const name of this.#unreadable.among(page.files)) stillListed.add(name);
      const news = page.files.length > 0 ? await this.#register(page.files, looked, tidy, thorough) : 0;
      registered += news;
      if (news > 0) onward?.();
      began = performance.now();
    }
    if (tidy || !listsRecent) {
      this.#leftOut = leftOut;
      this.#files = files;
    }
    if (unreadableNames > 0 && unreadableNames !== this.#warnedOfNames)
      log.warn({ files: unreadableNames }, 'files whose names are not UTF-8 cannot be read: rename them');
    this.#warnedOfNames = unreadableNames;
    const waits = this.#stable.end();
    this.#tellHidden();
    if (tidy) {
      this.#unreadable.settle(stillListed);
      if (this.#identity !== undefined) await this.#gone?.look(this.#identity, this.#open);
      killPoint('discover:before-tidy');
      await feed.checkpoint.keepOnly(present);
      killPoint('discover:tidied');
    }
    took('scan', began);
    return { registered, found: this.#stable.found, ...waits, more: waits.more || this.#toCompare };
  }

  /**
   * Looks only at the waiting files that may be stable now, and at those with news, so that a file becomes stable as soon in a large
   * folder as in a small one.
   */
  async lookAgain(onward?: () => void, news: Iterable<string> = []): Promise<Scan> {
    const names = [...new Set([...this.#stable.due(performance.now()), ...news])];
    this.#begin('names', names);
    this.#identity = this.#gone && (await this.#stores.feed.source.identity());
    let registered = 0;
    for (let i = 0; i < names.length; i += SLICE) {
      const began = performance.now();
      const { files } = await this.#stores.feed.source.looks(names.slice(i, i + SLICE));
      const looked = { began, ended: performance.now() };
      const registers = await this.#register(await this.#withoutFirstLooks(files, looked), looked, false);
      registered += registers;
      if (registers > 0) onward?.();
    }
    const waits = this.#stable.end();
    return { registered, found: this.#stable.found, ...waits, more: waits.more || this.#toCompare };
  }

  /** A first look cannot show that a file is stable, so Redis and the ledger are asked at the second one whether they know it. */
  async #withoutFirstLooks(files: readonly SourceFile[], looked: Looked): Promise<readonly SourceFile[]> {
    if (this.#settings.stableFor === 0) return files;
    const known = files.filter(({ name }) => this.#stable.knows(name));
    await this.#stable.among(
      files.filter(({ name }) => !this.#stable.knows(name)),
      looked,
    );
    return known;
  }

  #begin(over: 'all' | 'names', names?: string[]): void {
    this.#stable.begin(over, names);
    this.#compareUntil = performance.now() + COMPARE_MS;
    this.#toCompare = false;
  }

  /** A file that the checkpoint or the ledger knows needs no second look. */
  async #register(
    slice: readonly SourceFile[],
    looked: Looked,
    tidy: boolean,
    thorough = false,
  ): Promise<number> {
    const { feed, sql } = this.#stores;
    const seen = await feed.checkpoint.has(slice);
    const missed = thorough ? slice : slice.filter((_, i) => !seen[i]);
    const known = new Map((await findVersions(sql, missed)).map((version) => [versionKey(version), version]));
    const looks = missed.map((file) => lookOf(file, known.get(versionKey(file))));
    for (const { fileNo, closed } of known.values()) if (!closed) this.#open.add(fileNo);
    if (thorough) await this.#uncover(looks.filter((_, i) => seen[i]));
    await this.#recognise(looks, tidy);
    const pinned = this.#pinned === 'active' ? await activeNewFiles(this.#stores) : this.#pinned;
    if (pinned === undefined) return 0;
    const unknown = looks.filter(({ as }) => as === 'unknown' || !isKnown(as));
    const stable = new Set(
      await this.#stable.among(
        unknown.map(({ file }) => file),
        looked,
      ),
    );
    const contents = await closedContents(
      sql,
      [...stable].map(({ name }) => name),
    );
    const versions: NewVersion[] = [];
    const names =
      pinned.keep &&
      (await openNames(
        sql,
        [...stable].map(({ name }) => name),
      ));
    for (const look of unknown) {
      if (!stable.has(look.file) || names?.has(look.file.name)) continue;
      const version = await this.#newVersion(look, contents.get(look.file.name));
      if (version !== undefined) versions.push(version);
    }
    killPoint('discover:before-register');
    if (pinned.keep !== undefined)
      return await this.#registerKept(versions, { ...pinned, keep: pinned.keep });
    const fileNos = await registerVersions(sql, versions, pinned.rules, this.#identity ?? null, pinned);
    for (const fileNo of fileNos) this.#open.add(fileNo);
    killPoint('discover:registered');
    countRegistered(versions);
    this.#stable.forget(versions);
    return versions.length;
  }

  /** A feed that keeps every record must know each content before it is loaded. */
  async #registerKept(
    versions: readonly NewVersion[],
    pinned: NewFiles & { readonly keep: Keep },
  ): Promise<number> {
    const { feed, sql, log } = this.#stores;
    const hashed: HashedVersion[] = [];
    for (const version of versions) {
      const { changedAt } = version;
      const contentHash = changedAt === null ? undefined : await this.#contentHash({ ...version, changedAt });
      if (contentHash !== undefined) hashed.push({ ...version, contentHash });
    }
    const registered = await registerKept(sql, hashed, pinned, this.#identity ?? null);
    killPoint('discover:registered');
    const names = new Set(registered.map(({ name }) => name));
    countRegistered(hashed.filter(({ name }) => names.has(name)));
    for (const { name, held, sameAs } of registered) {
      const about = { feed: feed.name, file: name, ...(sameAs && { sameAs }) };
      if (held === 'same_content')
        log.warn(about, 'this content has been loaded before, so it is not loaded again');
      if (held === 'new_content') log.warn(about, 'a loaded file has new content: it waits for an operator');
    }
    this.#stable.forget(registered);
    return registered.length;
  }

  /** Removes these files from the checkpoint unless the ledger has closed them. The checkpoint may hold nothing else (I4). */
  async #uncover(looks: readonly Look[]): Promise<void> {
    const same = ({ as }: Look) => as !== 'unknown' && isKnown(as);
    const wrong = looks.filter((look) => !same(look) || !look.version?.closed);
    await this.#stores.feed.checkpoint.forget(wrong.map(({ file }) => file));
    // An open version is being loaded, so it is not hidden: a replay removes the entry only after it has registered the version.
    this.#hidden.push(...wrong.filter((look) => !same(look)).map(({ file }) => file.name));
  }

  #tellHidden(): void {
    if (this.#hidden.length === 0) return;
    const about = { files: this.#hidden.length, names: this.#hidden.slice(0, HIDDEN_NAMED) };
    this.#stores.log.warn(
      about,
      'Redis called files loaded that the ledger does not know: they are loaded now. Who else can write to this Redis?',
    );
    this.#hidden = [];
  }

  /**
   * The ledger answers for files that the checkpoint does not have (I4). Closed versions enter the checkpoint, and a version that
   * was gone is open again once it can be opened. That is tried only at each reconcile, because the workers may still be unable
   * to read a file that this process can read.
   */
  async #recognise(looks: readonly Look[], tidy: boolean): Promise<void> {
    const { feed, sql } = this.#stores;
    const known = looks.filter((look): look is KnownLook => look.as !== 'unknown' && isKnown(look.as));
    killPoint('discover:before-recognise');
    const changes = known.filter(({ as }) => as === 'same_since');
    await noteChanges(
      sql,
      changes.map(({ file, version }) => ({ version, now: file })),
    );
    await feed.checkpoint.add(known.filter(({ version }) => version.closed).map(({ file }) => file));
    killPoint('discover:recognised');
    const moved = known.filter(({ version }) => !version.closed && version.folder !== this.#identity);
    if (tidy && this.#identity !== undefined)
      await noteFolder(
        sql,
        moved.map(({ version }) => version.fileNo),
        this.#identity,
      );
    const back: FileNo[] = [];
    for (const { file, version } of known) {
      if (!tidy || !version.gone || version.closed) continue;
      const trouble = await feed.source.trouble(file.name);
      if (trouble === undefined) back.push(version.fileNo);
      else this.#unreadable.tell(trouble, file.token);
    }
    if (back.length === 0) return;
    killPoint('discover:before-see');
    await markSeen(sql, back);
    killPoint('discover:seen');
  }

  /**
   * Builds the version to register; undefined when there is nothing to register now. If a loaded name comes back, or a known file
   * has another ctime, its content decides whether there is anything to load.
   */
  async #newVersion(
    { file, version: after, as }: Look,
    loaded: ReadonlyMap<string, FileNo> | undefined,
  ): Promise<NewVersion | undefined> {
    const version = {
      ...file,
      ...(after && { after }),
      landedAt: new Date(Math.min(file.landedAt, Date.now())),
      stableAt: new Date(),
    };
    if (loaded === undefined && as !== 'compare') return { ...version, same: null };
    if (as === 'compare' && performance.now() > this.#compareUntil) {
      this.#toCompare = true;
      return undefined;
    }
    const contentHash = await this.#contentHash(file);
    if (contentHash === undefined) return undefined; // it has changed or cannot be read: a later scan looks again
    if (as === 'compare' && after?.contentHash === contentHash) {
      await noteChanges(this.#stores.sql, [{ version: after, now: file }]);
      await this.#stores.feed.checkpoint.add([file]);
      this.#stable.forget([file]);
      return undefined;
    }
    if (after !== undefined)
      this.#stores.log.info({ file: file.name }, 'another content under a known name, size and time');
    const fileNo = loaded?.get(contentHash);
    return { ...version, same: fileNo === undefined ? null : { fileNo, contentHash } };
  }

  async #contentHash(file: SeenFile): Promise<string | undefined> {
    if (!this.#unreadable.mayTry(file)) return undefined;
    try {
      return await this.#stores.feed.source.contentHash(file);
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      this.#unreadable.tell(error, file.token);
      return undefined;
    }
  }

  /** A file that cannot be read does not wait for its line end: its parse will report that it cannot be read. */
  async #endsItsLine(file: SourceFile): Promise<boolean | undefined> {
    const { feed, feeds } = this.#stores;
    const encoding = feeds.declared(feed.name)?.load.rules.encoding ?? feed.rules.encoding;
    try {
      return await feed.source.endsItsLine(file, encoding);
    } catch (error) {
      if (error instanceof UnreadableFile) return true;
      throw error;
    }
  }
}

function countRegistered(files: readonly Pick<SeenFile, 'token'>[]): void {
  counted('scan', { files: files.length, bytes: files.reduce((sum, { token }) => sum + sizeOf(token), 0) });
}

/** For how long the source of a feed needs its files to be unchanged. */
function settingsOf({ config, feed }: Pick<FeedStores, 'config' | 'feed'>) {
  const { finishedWhenListed, stableForAtLeast } = feed.source.traits;
  if (finishedWhenListed) return { stableFor: 0, unfinishedFor: 0 };
  const stableFor = Math.max(config.stableFor, stableForAtLeast);
  return { stableFor, unfinishedFor: Math.max(config.unfinishedFor, stableFor) };
}

/** A file that the checkpoint does not know, and the latest version with its name and token, if the ledger has one. */
interface Look {
  readonly file: SourceFile;
  readonly version: KnownVersion | undefined;
  readonly as: Recognised | 'unknown';
}

type KnownLook = Look & { readonly version: KnownVersion };

function lookOf(file: SourceFile, version: KnownVersion | undefined): Look {
  return { file, version, as: version === undefined ? 'unknown' : recognise(version, file) };
}
