import { type FileNo, checkpointMember as keyOf } from '@sluice/core';
import type { KnownVersion, NewVersion } from '@sluice/postgres';
import { killPoint } from '@sluice/runtime';
import { type SourceFile, UnreadableFile } from '@sluice/source';
import { type Looked, StableFiles, type WaitingFiles } from './stable-files.ts';
import type { Stores } from './stores.ts';
import { todaysRules } from './todays-rules.ts';
import { UnreadableFiles } from './unreadable-files.ts';

/** Files looked up at once: one question to the checkpoint and at most three to the ledger. */
const SLICE = 500;

export interface Scan {
  readonly registered: number;
  /** Milliseconds until one of the files that wait may have become stable. */
  readonly stableIn: number | undefined;
  /** More files wait than are kept in mind, and there is room for some of those now: another scan finds them. */
  readonly more: boolean;
}

/**
 * Finds new file versions and registers them in the ledger, before any job exists for them. It is driven by what lies
 * in the folder; events only say when to look. Two watchers at once register the same rows, once.
 */
export class Discovery {
  readonly #stores: Stores;
  readonly #stable: StableFiles;
  readonly #unreadable: UnreadableFiles;
  #warnedOfNames = 0;

  constructor(stores: Stores) {
    this.#stores = stores;
    this.#stable = new StableFiles(stores.config, (file) => this.#endsItsLine(file));
    this.#unreadable = new UnreadableFiles(stores.log);
  }

  /** The files that are not registered yet, because they may still be being written. */
  get waiting(): WaitingFiles {
    return this.#stable.waiting;
  }

  /**
   * Looks at the whole folder once. `tidy` also tries again what could not be read, and makes the checkpoint forget what no
   * longer lies there (I8). `onward` is called whenever some were registered: what is found is not to wait for what is not.
   */
  async scan(tidy: boolean, onward?: () => Promise<unknown>): Promise<Scan> {
    const { folder, checkpoint, log } = this.#stores;
    const began = performance.now();
    const { files, unreadable, unreadableNames } = await folder.list();
    const looked = { began, ended: performance.now() };
    if (unreadableNames > 0 && unreadableNames !== this.#warnedOfNames) {
      log.warn({ files: unreadableNames }, 'files whose names are not UTF-8 cannot be read: rename them');
    }
    this.#warnedOfNames = unreadableNames;
    if (tidy) this.#unreadable.retry();
    for (const file of unreadable) this.#unreadable.tell(file);
    this.#stable.begin('all');
    let registered = 0;
    for (let i = 0; i < files.length; i += SLICE) {
      const news = await this.#register(files.slice(i, i + SLICE), looked, tidy);
      registered += news;
      if (news > 0) await onward?.();
    }
    const waits = this.#stable.end();
    if (tidy) {
      this.#unreadable.settle(files);
      killPoint('discover:before-tidy');
      await checkpoint.keepOnly(files);
      killPoint('discover:tidied');
    }
    return { registered, ...waits };
  }

  /** Looks again at the files that wait, and at no others: a file becomes stable as soon in a large folder as in a small one. */
  async lookAgain(onward?: () => Promise<unknown>): Promise<Scan> {
    const names = this.#stable.names();
    this.#stable.begin('names');
    let registered = 0;
    for (let i = 0; i < names.length; i += SLICE) {
      const began = performance.now();
      const { files } = await this.#stores.folder.looks(names.slice(i, i + SLICE));
      const news = await this.#register(files, { began, ended: performance.now() }, false);
      registered += news;
      if (news > 0) await onward?.();
    }
    return { registered, ...this.#stable.end() };
  }

  /** A file that the checkpoint or the ledger knows needs no second look. */
  async #register(slice: readonly SourceFile[], looked: Looked, tidy: boolean): Promise<number> {
    const { checkpoint, ledger, config } = this.#stores;
    const seen = await checkpoint.has(slice);
    const missed = slice.filter((_, i) => !seen[i]);
    const known = new Map((await ledger.find(missed)).map((version) => [keyOf(version), version]));
    await this.#recognise([...known.values()], tidy);
    const unknown = missed.filter((file) => !known.has(keyOf(file)));
    const stable = await this.#stable.among(unknown, looked);
    const contents = await ledger.closedContents(stable.map(({ name }) => name));
    const versions: NewVersion[] = [];
    for (const file of stable) {
      const version = await this.#newVersion(file, contents.get(file.name));
      if (version !== undefined) versions.push(version);
    }
    killPoint('discover:before-register');
    await ledger.register(versions, todaysRules(config));
    killPoint('discover:registered');
    this.#stable.forget(versions);
    return versions.length;
  }

  /**
   * A miss of the checkpoint is answered by the ledger (I4): closed is seen, and gone is no longer gone once it can be opened.
   * That is tried at each reconcile and no more often, for it may be that this process can read it and the workers cannot.
   */
  async #recognise(known: readonly KnownVersion[], tidy: boolean): Promise<void> {
    const { checkpoint, ledger, folder } = this.#stores;
    killPoint('discover:before-recognise');
    await checkpoint.add(known.filter(({ closed }) => closed));
    killPoint('discover:recognised');
    const back: FileNo[] = [];
    for (const { gone, closed, name, token, fileNo } of known) {
      if (!tidy || !gone || closed) continue;
      const trouble = await folder.trouble(name);
      if (trouble === undefined) back.push(fileNo);
      else this.#unreadable.tell(trouble, token);
    }
    if (back.length === 0) return;
    killPoint('discover:before-see');
    await ledger.markSeen(back);
    killPoint('discover:seen');
  }

  /** A name that has been loaded comes back: its content decides whether there is anything to load. */
  async #newVersion(
    file: SourceFile,
    loaded: ReadonlyMap<string, FileNo> | undefined,
  ): Promise<NewVersion | undefined> {
    const version = {
      ...file,
      landedAt: new Date(Math.min(file.landedAt, Date.now())),
      stableAt: new Date(),
    };
    if (loaded === undefined) return { ...version, same: null };
    const contentHash = await this.#contentHash(file);
    if (contentHash === undefined) return undefined; // it changed meanwhile, or cannot be read: a later scan sees
    const fileNo = loaded.get(contentHash);
    return { ...version, same: fileNo === undefined ? null : { fileNo, contentHash } };
  }

  async #contentHash(file: SourceFile): Promise<string | undefined> {
    if (!this.#unreadable.mayTry(file)) return undefined;
    try {
      return await this.#stores.folder.contentHash(file);
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      this.#unreadable.tell(error, file.token);
      return undefined;
    }
  }

  /** One that cannot be read waits for no line end: that it cannot be read is what its parse will say. */
  async #endsItsLine(file: SourceFile): Promise<boolean | undefined> {
    try {
      return await this.#stores.folder.endsItsLine(file);
    } catch (error) {
      if (error instanceof UnreadableFile) return true;
      throw error;
    }
  }
}
