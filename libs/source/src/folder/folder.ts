import { constants } from 'node:fs';
import { access, link, stat, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Token } from '@sluice/core';
import { makeFolder } from '@sluice/process';
import type { UnreadableFile } from '../errors.ts';
import { OpenSource } from '../open-source.ts';
import {
  type Ability,
  type CleanedUp,
  type ClosedSource,
  type Disposal,
  type HiddenFile,
  type Looks,
  NOTHING_LEFT,
  type Page,
  type ProvedCleanUp,
  Source,
  type SourceFile,
  type Traits,
} from '../source.ts';
import { cleanUpFile, finishHidden, hiddenFiles, putBack } from './clean-up.ts';
import { FolderDoorbell } from './doorbell.ts';
import { absentOr, absentOrUnreadable, folderAway, notCleaned } from './errno.ts';
import { openAtOnce, openPatiently } from './handles.ts';
import { Locality } from './local.ts';
import { lookPatiently, looksAt, type StatFile } from './looks.ts';
import { takenPaths } from './place-file.ts';
import { proveFolder } from './prove.ts';
import { DEPTH_AT_MOST, inFolder, splitPath } from './steps.ts';
import { walk } from './walk.ts';

/** A file of a local file system is read by synchronous calls if it has at most so many bytes, which takes less than a millisecond. */
const AT_ONCE_BYTES = 256 * 1024;

/** How many files a page of a listing has at most. */
const PAGE = 500;

/** A folder of this machine, or one that is mounted. */
export class SourceFolder extends Source {
  override readonly traits: Traits = {
    finishedWhenListed: false,
    versionAtOpen: false,
    moveKeepsToken: true,
    stableForAtLeast: 0,
    listsRecent: false,
    remote: false,
  };
  readonly #locality = new Locality(this.path, this.io);
  /** The folders below that the last listing has found, by their paths. */
  #below: readonly string[] = [];

  /** Only a plain name is sure to stay inside of a folder (I10), and only some feeds look into the folders below. */
  protected override isName(bareName: string): boolean {
    const names = this.deep ? bareName.split('/') : [bareName];
    return (
      names.length <= DEPTH_AT_MOST + 1 &&
      names.every((name) => basename(name) === name && !['', '.', '..'].includes(name))
    );
  }

  override async ensure(): Promise<void> {
    const make = async () => {
      await makeFolder(this.path);
      await access(this.path, constants.R_OK | constants.X_OK);
    };
    await this.io.run(make).catch(folderAway);
  }

  override async prove(cleans: ProvedCleanUp): Promise<readonly Ability[]> {
    return await this.io.run(() => proveFolder(this.path, cleans)).catch(folderAway);
  }

  /** One that was created again differs, even with the same inode. */
  override async identity(): Promise<string | undefined> {
    // If the folder cannot be read, the listing says why.
    const found = await this.io.run(() => stat(this.path, { bigint: true })).catch(() => undefined);
    return found?.isDirectory() ? `${found.dev}-${found.ino}-${found.birthtimeNs}` : undefined;
  }

  /** Regular files. Links and pipes are only counted, and so are folders that are not looked into. Only the names of all files are in memory (I8). */
  override async *list(): AsyncGenerator<Page> {
    const { names, unreadable, ...others } = await this.#names();
    const first = await this.looks(names.slice(0, PAGE));
    yield { files: first.files, unreadable: [...unreadable, ...first.unreadable], ...others };
    for (let i = PAGE; i < names.length; i += PAGE)
      yield { ...(await this.looks(names.slice(i, i + PAGE))), ...NOTHING_LEFT, unreadableNames: 0 };
  }

  async #names(): Promise<{ readonly names: readonly string[] } & Omit<Page, 'files'>> {
    const [names, ambiguous, below]: [string[], string[], string[]] = [[], [], []];
    const unreadable: UnreadableFile[] = [];
    let [unreadableNames, unclaimed, specials, folders] = [0, 0, 0, 0];
    for await (const { folder, entries, ...walked } of this.#walk()) {
      folders += walked.leftOut;
      if (walked.unreadable !== undefined) unreadable.push(walked.unreadable);
      if (folder !== '') below.push(folder);
      for (const { name, isFile, isHidden } of entries) {
        if (!isFile) specials += isHidden ? 0 : 1;
        else if (name === undefined) unreadableNames += 1;
        else {
          const path = folder === '' ? name : `${folder}/${name}`;
          const claim = this.claim(path);
          if (claim === 'own') names.push(this.nameOf(path));
          else if (claim === 'ambiguous') ambiguous.push(this.nameOf(path));
          // A name with a dot is that of a file that is still being brought, or of one that is being cleaned up.
          else if (claim === 'unclaimed' && !isHidden) unclaimed += 1;
        }
      }
    }
    this.#below = below;
    return { names, ambiguous, unreadable, unclaimed, specials, folders, unreadableNames };
  }

  #walk(): ReturnType<typeof walk> {
    return walk(this.path, { io: this.io, deep: this.deep, nameOf: (path) => this.nameOf(path) });
  }

  override async looks(names: readonly string[]): Promise<Looks> {
    const looks: { files: SourceFile[]; unreadable: UnreadableFile[] } = { files: [], unreadable: [] };
    const own = names.filter((name) => this.owns(name));
    for (const [folder, some] of Map.groupBy(own, (name) => splitPath(this.bareName(name)).folder)) {
      const { files, unreadable } = await this.#looksIn(folder, some);
      looks.files.push(...files);
      looks.unreadable.push(...unreadable);
    }
    return looks;
  }

  async #looksIn(folder: string, names: readonly string[]): Promise<Looks> {
    const look = async (path: string) => {
      const files = names.map((name) => ({ name, path: join(path, splitPath(name).name) }));
      return await looksAt(files, this.#locality, this.io);
    };
    const looked = inFolder(this.path, folder, look, { io: this.io });
    if (folder === '') return await looked.catch(folderAway);
    // A folder below the source that cannot be entered hides its own files alone.
    return await looked.catch((error: unknown) => {
      const unreadable = names.flatMap((name) => absentOrUnreadable(name, error, 'below') ?? []);
      return { files: [], unreadable };
    });
  }

  override async look(name: string): Promise<StatFile | undefined> {
    if (!this.owns(name)) return undefined;
    const look = (path: string) => this.io.run(() => lookPatiently({ name, path }));
    return await this.at(name, look).catch(absentOr(name));
  }

  /** A little of a file is read by synchronous calls if the file system is a local one. */
  override async open(name: string, bytes = Number.POSITIVE_INFINITY): Promise<OpenSource | undefined> {
    if (!this.owns(name)) return undefined;
    // O_NOFOLLOW and O_NONBLOCK: a link or a pipe in the file's place must neither lead out of the folder nor block.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const atOnce = bytes <= AT_ONCE_BYTES && (await this.#locality.isLocal());
    const handle = await this.at(name, async (path) =>
      atOnce ? openAtOnce({ name, path }, flags) : await openPatiently({ name, path }, flags, this.io),
    ).catch(absentOr(name));
    let source: OpenSource | undefined;
    try {
      const found = await handle?.look();
      if (handle !== undefined && found?.isFile) source = new OpenSource(handle, found);
    } finally {
      if (source === undefined) await handle?.close();
    }
    return source;
  }

  override async dispose(file: ClosedSource, disposal: Disposal): Promise<CleanedUp> {
    return await cleanUpFile(this, file, disposal).catch(notCleaned(file.name));
  }

  override async unfinished(): Promise<HiddenFile[]> {
    return await hiddenFiles(this).catch(folderAway);
  }

  override async finish(hidden: string, file: ClosedSource, disposal: Disposal): Promise<CleanedUp> {
    return await finishHidden(this, hidden, file, disposal).catch(notCleaned(file.name));
  }

  override async putBack(hidden: string, name: string): Promise<CleanedUp> {
    return await putBack(this, hidden, name).catch(notCleaned(name));
  }

  override async takeBack(name: string, from: string): Promise<void> {
    const move = async (path: string) => {
      await link(from, path);
      await unlink(from);
    };
    await this.at(name, move, { make: true }).catch(notCleaned(name));
  }

  /** Clean-up did not always record where it put a file. */
  override unrecordedPathsIn(to: string, name: string): AsyncGenerator<string> {
    return takenPaths(to, splitPath(name).name);
  }

  /** A move keeps the token. A copy to another file system keeps the size, and the time to the millisecond. */
  override maybeMoved(token: Token, moved: Token): boolean {
    if (token === moved) return true;
    const [[sizeA, timeA], [sizeB, timeB]] = [token.split('-'), moved.split('-')];
    return sizeA === sizeB && Math.abs(Number(timeA) - Number(timeB)) < 1_000_000;
  }

  override doorbell(ring: (bareName: string | undefined) => void): FolderDoorbell {
    const { path } = this;
    return new FolderDoorbell({ path, identity: () => this.identity(), below: () => this.#below }, ring);
  }

  /** The files whose own names begin with `beginning`, source files or not. */
  async namesBeginningWith(beginning: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { folder, entries } of this.#walk())
      for (const { name } of entries)
        if (name?.startsWith(beginning)) names.push(this.nameOf(folder === '' ? name : `${folder}/${name}`));
    return names;
  }

  /** Does something with a file of this feed, by a path that leads nowhere else (I10). */
  async at<T>(
    name: string,
    work: (path: string) => Promise<T>,
    { make = false }: { readonly make?: boolean } = {},
  ): Promise<T> {
    const { folder, name: own } = splitPath(this.bareName(name));
    return await inFolder(this.path, folder, (path) => work(join(path, own)), { io: this.io, make });
  }

  /** Path of a file of this feed. Throws on anything that would lead elsewhere (I10). */
  pathOf(name: string): string {
    return join(this.path, this.bareName(name));
  }
}
