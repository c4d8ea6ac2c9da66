import { fileNoOf } from '../hidden-names.ts';
import { OpenSource } from '../open-source.ts';
import { Poll } from '../s3/doorbell.ts';
import {
  type Ability,
  type CleanedUp,
  type ClosedSource,
  type Disposal,
  type Doorbell,
  type HiddenFile,
  type Looks,
  NOTHING_LEFT,
  type Page,
  type ProvedCleanUp,
  Source,
  type SourceFile,
  type SourceNeeds,
  type Traits,
} from '../source.ts';
import { type Address, addressOf } from './address.ts';
import { cleanUpFile, finishHidden, pathOf, putBack } from './clean-up.ts';
import { connectionTo } from './connection.ts';
import { folderAway, isAbsent, notCleaned } from './failure.ts';
import { proveSftp } from './prove.ts';
import { type Entry, Remote, type Stat } from './remote.ts';
import { RemoteFile } from './remote-file.ts';

/** How many files a page of a listing has at most. */
const PAGE = 500;
/** So many looks are asked for at a time. */
const LOOKS_AT_ONCE = 32;
/** So many requests may be on their way to one server. They need no thread. */
const AT_ONCE = 64;

const WRONG_PLACE = 'check the path, and that the user of the feed may read and enter the folder';

/** A folder of a server of SFTP. */
export class SftpSource extends Source {
  override readonly traits: Traits = {
    finishedWhenListed: false,
    versionAtOpen: false,
    moveKeepsToken: true,
    // Times are in whole seconds: two contents of one second could have one token.
    stableForAtLeast: 2_000,
    listsRecent: false,
    remote: true,
  };
  readonly address: Address;
  readonly remote: Remote;

  constructor(place: string, needs: SourceNeeds = {}) {
    super(place, needs);
    this.address = addressOf(place);
    const connection = connectionTo(this.address, this.options.auth ?? {});
    this.io.atOnce = AT_ONCE;
    this.io.progress = () => connection.received;
    this.remote = new Remote(connection, this.io);
  }

  /** Names that are not UTF-8 come with replacement characters, and cannot be asked for. */
  protected override isName(bareName: string): boolean {
    return !['', '.', '..'].includes(bareName) && !/[/\0\ufffd]/.test(bareName);
  }

  /** The folder of another server is never made: a wrong path would be taken for an empty one. */
  override async ensure(): Promise<void> {
    try {
      for await (const _ of this.#entries()) break;
    } catch (error) {
      folderAway(this.path, WRONG_PLACE)(error);
    }
  }

  override async prove(cleans: ProvedCleanUp): Promise<readonly Ability[]> {
    return await proveSftp(this, cleans);
  }

  /** SFTP tells nothing by which a folder that was made again would differ. */
  override async identity(): Promise<string | undefined> {
    try {
      const { kind } = await this.remote.stat(this.address.path);
      return kind === 'folder' ? this.path : undefined;
    } catch (error) {
      return folderAway(this.path, WRONG_PLACE)(error);
    }
  }

  /** Each part is looked at as the server gives it, so that a folder of any size takes little memory (I8). */
  override async *list(): AsyncGenerator<Page> {
    let page = emptyPage();
    try {
      for await (const entries of this.#entries()) {
        for (const entry of entries) this.#sort(entry, page);
        if (page.files.length < PAGE) continue;
        yield page;
        page = emptyPage();
      }
    } catch (error) {
      folderAway(this.path, WRONG_PLACE)(error);
    }
    yield page;
  }

  override async looks(names: readonly string[]): Promise<Looks> {
    const looks = { files: [] as SourceFile[], unreadable: [] };
    for (let i = 0; i < names.length; i += LOOKS_AT_ONCE) {
      const some = names.slice(i, i + LOOKS_AT_ONCE);
      for (const file of await Promise.all(some.map((name) => this.look(name))))
        if (file !== undefined) looks.files.push(file);
    }
    return looks;
  }

  /** A file that the server says too little of is told of by {@link open}. */
  override async look(name: string): Promise<SourceFile | undefined> {
    if (!this.owns(name)) return undefined;
    try {
      const stat = await this.remote.lstat(this.pathOf(name));
      return stat.kind === 'file' ? fileOf(name, stat) : undefined;
    } catch (error) {
      return isAbsent(error) ? undefined : folderAway(this.path, WRONG_PLACE)(error);
    }
  }

  override async open(name: string, bytes = Number.POSITIVE_INFINITY): Promise<OpenSource | undefined> {
    if (!this.owns(name)) return undefined;
    const file = await RemoteFile.open({ remote: this.remote, path: this.pathOf(name), name }, bytes);
    return file === undefined ? undefined : new OpenSource(file, file.opened);
  }

  override async dispose(file: ClosedSource, disposal: Disposal): Promise<CleanedUp> {
    return await cleanUpFile(this, file, disposal).catch(notCleaned(file.name));
  }

  override async unfinished(): Promise<HiddenFile[]> {
    const hidden: HiddenFile[] = [];
    try {
      for await (const entries of this.#entries())
        for (const { name } of entries) {
          const fileNo = fileNoOf(name);
          if (fileNo !== undefined) hidden.push({ hidden: this.nameOf(name), fileNo });
        }
    } catch (error) {
      folderAway(this.path, WRONG_PLACE)(error);
    }
    return hidden;
  }

  override async finish(hidden: string, file: ClosedSource, disposal: Disposal): Promise<CleanedUp> {
    return await finishHidden(this, hidden, file, disposal).catch(notCleaned(file.name));
  }

  override async putBack(hidden: string, name: string): Promise<CleanedUp> {
    return await putBack(this, hidden, name).catch(notCleaned(name));
  }

  override async takeBack(name: string, from: string): Promise<void> {
    const path = pathOf(this, from);
    const move = async () => {
      await this.remote.linkOrRename(path, this.pathOf(name));
      await this.remote.unlink(path);
    };
    await move().catch(notCleaned(name));
  }

  override doorbell(ring: (bareName: string | undefined) => void): Doorbell {
    return new Poll(ring);
  }

  /** Path on the server of a file of this feed. Throws on anything that would lead elsewhere (I10). */
  pathOf(name: string): string {
    return `${this.address.path.replace(/\/$/, '')}/${this.bareName(name)}`;
  }

  #entries(): AsyncGenerator<Entry[]> {
    return this.remote.entries(this.address.path);
  }

  /** Adds what one name in the folder is to the page. */
  #sort({ name, stat }: Entry, page: Filling): void {
    if (name === '.' || name === '..') return;
    const claim = this.isName(name) ? this.claim(name) : undefined;
    if (stat.kind !== 'file') {
      if (name.startsWith('.')) return;
      if (stat.kind === 'folder') page.folders += 1;
      else page.specials += 1;
    } else if (claim === undefined) page.unreadableNames += 1;
    else if (claim === 'own') page.files.push(fileOf(this.nameOf(name), stat));
    else if (claim === 'ambiguous') page.ambiguous.push(this.nameOf(name));
    else if (claim === 'unclaimed' && !name.startsWith('.')) page.unclaimed += 1;
  }
}

function fileOf(name: string, { token, changedAt, modifiedAt }: Stat): SourceFile {
  return { name, token, changedAt, modifiedAt, landedAt: modifiedAt };
}

/** A page that is being filled. */
type Filling = { -readonly [K in keyof Page]: Page[K] extends readonly (infer T)[] ? T[] : Page[K] };

function emptyPage(): Filling {
  return { ...NOTHING_LEFT, ambiguous: [], files: [], unreadable: [], unreadableNames: 0 };
}
