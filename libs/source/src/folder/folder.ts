import { constants } from 'node:fs';
import { access, link, readdir, stat, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Token } from '@sluice/core';
import { makeFolder } from '@sluice/process';
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
  type Traits,
} from '../source.ts';
import { cleanUpFile, finishHidden, hiddenFiles, putBack } from './clean-up.ts';
import { FolderDoorbell } from './doorbell.ts';
import { absentOr, folderAway, notCleaned } from './errno.ts';
import { openAtOnce, openPatiently } from './handles.ts';
import { Locality } from './local.ts';
import { lookPatiently, looksAt, type StatFile } from './looks.ts';
import { takenPaths } from './place-file.ts';
import { proveFolder } from './prove.ts';

/** A file of a local file system is read by synchronous calls if it has at most so many bytes, which takes less than a millisecond. */
const AT_ONCE_BYTES = 256 * 1024;

const DOT = '.'.charCodeAt(0);

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

  /** Only a plain name is sure to stay inside of the folder (I10). */
  protected override isName(bareName: string): boolean {
    return basename(bareName) === bareName && !['', '.', '..'].includes(bareName);
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

  /** Regular files directly in the folder. Links, pipes and folders are only counted. Only the names of all files are in memory (I8). */
  override async *list(): AsyncGenerator<Page> {
    const { names, ...others } = await this.#names();
    yield { ...(await this.looks(names.slice(0, PAGE))), ...others };
    for (let i = PAGE; i < names.length; i += PAGE)
      yield { ...(await this.looks(names.slice(i, i + PAGE))), ...NOTHING_LEFT, unreadableNames: 0 };
  }

  async #names(): Promise<{ readonly names: readonly string[] } & Omit<Page, keyof Looks>> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const names: string[] = [];
    const ambiguous: string[] = [];
    let [unreadableNames, unclaimed, specials, folders] = [0, 0, 0, 0];
    const entries = await this.io
      .run(() => readdir(this.path, { withFileTypes: true, encoding: 'buffer' }))
      .catch(folderAway);
    for (const entry of entries) {
      if (!entry.isFile()) {
        if (entry.name[0] === DOT) continue;
        if (entry.isDirectory()) folders += 1;
        else specials += 1;
        continue;
      }
      const name = decode(decoder, entry.name);
      const claim = name === undefined ? undefined : this.claim(name);
      if (name === undefined) unreadableNames += 1;
      else if (claim === 'own') names.push(this.nameOf(name));
      else if (claim === 'ambiguous') ambiguous.push(this.nameOf(name));
      // A name with a dot is that of a file that is still being brought, or of one that is being cleaned up.
      else if (claim === 'unclaimed' && !name.startsWith('.')) unclaimed += 1;
    }
    return { names, ambiguous, unclaimed, specials, folders, unreadableNames };
  }

  override async looks(names: readonly string[]): Promise<Looks> {
    const paths = names.flatMap((name) => (this.owns(name) ? [{ name, path: this.pathOf(name) }] : []));
    return await looksAt(paths, this.#locality, this.io).catch(folderAway);
  }

  override async look(name: string): Promise<StatFile | undefined> {
    if (!this.owns(name)) return undefined;
    return await this.io.run(() => lookPatiently({ name, path: this.pathOf(name) }));
  }

  /** A little of a file is read by synchronous calls if the file system is a local one. */
  override async open(name: string, bytes = Number.POSITIVE_INFINITY): Promise<OpenSource | undefined> {
    if (!this.owns(name)) return undefined;
    // O_NOFOLLOW and O_NONBLOCK: a link or a pipe in the file's place must neither lead out of the folder nor block.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const atOnce = bytes <= AT_ONCE_BYTES && (await this.#locality.isLocal());
    const place = { name, path: this.pathOf(name) };
    const open = async () => (atOnce ? openAtOnce(place, flags) : await openPatiently(place, flags, this.io));
    const handle = await open().catch(absentOr(name));
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
    const move = async () => {
      await link(from, this.pathOf(name));
      await unlink(from);
    };
    await move().catch(notCleaned(name));
  }

  /** Clean-up did not always record where it put a file. */
  override unrecordedPathsIn(to: string, name: string): AsyncGenerator<string> {
    return takenPaths(to, this.bareName(name));
  }

  /** A move keeps the token. A copy to another file system keeps the size, and the time to the millisecond. */
  override maybeMoved(token: Token, moved: Token): boolean {
    if (token === moved) return true;
    const [[sizeA, timeA], [sizeB, timeB]] = [token.split('-'), moved.split('-')];
    return sizeA === sizeB && Math.abs(Number(timeA) - Number(timeB)) < 1_000_000;
  }

  override doorbell(ring: (bareName: string | undefined) => void): FolderDoorbell {
    return new FolderDoorbell({ path: this.path, identity: () => this.identity() }, ring);
  }

  /** The files whose names in the folder begin with `beginning`, source files or not. */
  async namesBeginningWith(beginning: string): Promise<string[]> {
    const names = await this.io.run(() => readdir(this.path));
    return names.filter((name) => name.startsWith(beginning)).map((name) => this.nameOf(name));
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
