import type {
  _Object as Entry,
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { SourceAway, UnreadableFile } from '../errors.ts';
import { OpenSource } from '../open-source.ts';
import {
  type Ability,
  type CleanedUp,
  type ClosedSource,
  type Disposal,
  type Doorbell,
  type HiddenFile,
  type Listing,
  type Looks,
  NOTHING_LEFT,
  type Page,
  type ProvedCleanUp,
  Source,
  type SourceFile,
  type SourceNeeds,
} from '../source.ts';
import { archiveKey, cleanUpObject } from './clean-up.ts';
import { openObject, type Wanted } from './content.ts';
import { Poll } from './doorbell.ts';
import { away, failedOf, ofObject, withoutTag } from './failure.ts';
import { moveBack } from './moves.ts';
import { isUsable, type S3Key, type S3Options, type S3Place, s3Address, s3Key, s3Place } from './place.ts';
import { prove } from './prove.ts';
import { Recent } from './recent.ts';
import { clientsOf } from './store.ts';
import { bareTag, fileOf } from './token.ts';

const PAGE = 1_000;
const LOOKS_AT_ONCE = 8;
/** How long a request that has worked shows that the bucket is there, in ms, because each question costs money. */
const THERE_FOR_MS = 10_000;
/** Of a larger part, the rest of the body is worth its time: ending a body early ends its connection. */
const PART_BYTES = 64 * 1024;
/** A bucket of at most so many pages is listed as a whole each time. */
const SMALL = 5;
/** How many objects after the newest ones a listing of what is new asks for at first. */
const AFTER_NEWEST = 250;

/** The objects of a bucket whose keys begin with a prefix. */
export class SourceBucket extends Source {
  /** An object shows up when it is complete, and a new one takes its place at once. A copy has a time of its own. */
  override readonly traits = {
    finishedWhenListed: true,
    versionAtOpen: true,
    moveKeepsToken: false,
    stableForAtLeast: 0,
    listsRecent: true,
    remote: true,
  };
  readonly store: S3Options;
  readonly place: S3Place;
  readonly #recent = new Recent();
  #there = Number.NEGATIVE_INFINITY;
  /** How many pages the last whole listing had; undefined before the first one. */
  #pages: number | undefined;

  constructor(address: string, needs: SourceNeeds = {}) {
    super(address, needs);
    this.store = needs.options ?? {};
    this.place = s3Place(address);
  }

  protected override isName(bareName: string): boolean {
    return bareName !== '' && isUsable(`${this.place.prefix}${bareName}`);
  }

  /** The key of a file of this feed. Throws on anything that would lead elsewhere (I10). */
  keyOf(name: string): S3Key {
    return { bucket: this.place.bucket, key: `${this.place.prefix}${this.bareName(name)}` };
  }

  /** What a request for the bytes of a file says. */
  wanted(name: string): Wanted {
    return { ...this.keyOf(name), store: this.store, source: this.path, name, within: this.io.within };
  }

  /** Nothing is made: a bucket belongs to somebody. */
  override async ensure(): Promise<void> {
    await this.#ask({ MaxKeys: 1 });
  }

  override async prove(cleans: ProvedCleanUp): Promise<readonly Ability[]> {
    return await prove(this, cleans);
  }

  /** An answer that is a few seconds old counts, and a failure ends that at once. */
  override async identity(): Promise<string | undefined> {
    try {
      if (performance.now() - this.#there > THERE_FOR_MS) await this.ensure();
    } catch (error) {
      if (error instanceof SourceAway && error.missing) return undefined;
      throw error;
    }
    return `s3-${this.store.endpoint ?? 'aws'}-${this.path}`;
  }

  override async *list({ recent = false }: Listing = {}): AsyncGenerator<Page> {
    if (recent && this.#pages !== undefined && this.#pages > SMALL) return yield* this.#listRecent();
    let pages = 0;
    for (let token: string | undefined; ; ) {
      const listed = await this.#ask({ MaxKeys: PAGE, ...(token && { ContinuationToken: token }) });
      pages += 1;
      yield this.#page(listed.Contents ?? []);
      token = listed.NextContinuationToken;
      if (token === undefined || !listed.IsTruncated) break;
    }
    this.#pages = pages;
  }

  /** What follows the newest objects, for as long as that is as new. */
  async *#listRecent(): AsyncGenerator<Page> {
    const { since } = this.#recent;
    for (const place of this.#recent.places()) {
      let [after, more] = [place, true];
      while (more) {
        const { Contents = [], IsTruncated } = await this.#ask({ StartAfter: after, MaxKeys: AFTER_NEWEST });
        yield this.#page(Contents);
        const last = Contents.at(-1);
        after = last?.Key ?? '';
        more = IsTruncated === true && (last?.LastModified?.getTime() ?? 0) >= since;
      }
    }
  }

  /** One request for a part of the listing. */
  async #ask(o: Omit<ListObjectsV2CommandInput, 'Bucket'>): Promise<ListObjectsV2CommandOutput> {
    const { bucket, prefix } = this.place;
    try {
      const listed = await this.io.run(async () => {
        const { sdk, control } = await clientsOf(this.store);
        const command = new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...o });
        return await control.send(command, { abortSignal: AbortSignal.timeout(this.io.within) });
      });
      this.#there = performance.now();
      return listed;
    } catch (error) {
      this.#there = Number.NEGATIVE_INFINITY;
      throw away(this.path, error);
    }
  }

  #page(entries: readonly Entry[]): Page {
    const files: [key: string, file: SourceFile][] = [];
    const unreadable: UnreadableFile[] = [];
    const ambiguous: string[] = [];
    let [unreadableNames, unclaimed, folders] = [0, 0, 0];
    for (const entry of entries) {
      const { Key: key = '', Size: size } = entry;
      const bare = key.slice(this.place.prefix.length);
      // Consoles make an empty object for what they show as a folder.
      if (size === 0 && (bare === '' || bare.endsWith('/'))) folders += bare === '' ? 0 : 1;
      else if (!this.isName(bare)) unreadableNames += 1;
      else {
        const claim = this.claim(bare);
        if (claim === 'ambiguous') ambiguous.push(this.nameOf(bare));
        else if (claim === 'unclaimed' && !/(?:^|\/)\./.test(bare)) unclaimed += 1;
        else if (claim === 'own') {
          const file = this.#file(this.nameOf(bare), entry);
          if (file instanceof UnreadableFile) unreadable.push(file);
          else files.push([key, file]);
        }
      }
    }
    this.#recent.note(files);
    return {
      ...NOTHING_LEFT,
      ...{ files: files.map(([, file]) => file), unreadable, ambiguous, unclaimed, folders, unreadableNames },
    };
  }

  #file(name: string, { Size, LastModified, ETag }: Entry): SourceFile | UnreadableFile {
    const etag = bareTag(ETag);
    if (Size === undefined || LastModified === undefined || etag === undefined) return withoutTag(name);
    return fileOf(name, { size: Size, modifiedAt: LastModified, etag });
  }

  override async looks(names: readonly string[]): Promise<Looks> {
    const looks: { files: SourceFile[]; unreadable: UnreadableFile[] } = { files: [], unreadable: [] };
    for (let i = 0; i < names.length; i += LOOKS_AT_ONCE)
      for (const look of await Promise.all(names.slice(i, i + LOOKS_AT_ONCE).map((name) => this.#look(name))))
        if (look instanceof UnreadableFile) looks.unreadable.push(look);
        else if (look !== undefined) looks.files.push(look);
    return looks;
  }

  override async look(name: string): Promise<SourceFile | undefined> {
    const look = await this.#look(name);
    if (look instanceof UnreadableFile) throw look;
    return look;
  }

  /** A listing of this one key, because a HEAD cannot tell a missing bucket from a missing key, and needs the right to read it. */
  async #look(name: string): Promise<SourceFile | UnreadableFile | undefined> {
    if (!this.owns(name)) return undefined;
    const { key } = this.keyOf(name);
    const [entry] = (await this.#ask({ Prefix: key, MaxKeys: 1 })).Contents ?? [];
    return entry?.Key === key ? this.#file(name, entry) : undefined;
  }

  override async open(name: string, bytes = Number.POSITIVE_INFINITY): Promise<OpenSource | undefined> {
    if (!this.owns(name)) return undefined;
    const part = bytes <= PART_BYTES && bytes > 0 ? bytes : undefined;
    try {
      const content = await this.io.run(
        () => openObject(this.wanted(name), part),
        (late) => late.close(),
      );
      return new OpenSource(content, content.opened);
    } catch (error) {
      // A bucket that is gone answers like a key that is gone, and a key that is gone often like one that may not be read.
      const isThere =
        ![403, 404].includes(failedOf(error).status ?? 0) || (await this.look(name)) !== undefined;
      if (isThere) throw ofObject(this.path, name, error);
      return undefined;
    }
  }

  /** The first byte shows whether the others can be read. */
  override async trouble(name: string): Promise<UnreadableFile | undefined> {
    try {
      await using _ = await this.open(name, 1);
      return undefined;
    } catch (error) {
      if (error instanceof UnreadableFile) return error;
      throw error;
    }
  }

  override async dispose(file: ClosedSource, disposal: Disposal): Promise<CleanedUp> {
    return await cleanUpObject(this, file, disposal);
  }

  /** An object is never hidden: its copy is made before it goes, and is complete or not there. */
  override async unfinished(): Promise<HiddenFile[]> {
    return [];
  }

  override async finish(): Promise<CleanedUp> {
    return { outcome: 'absent' };
  }

  override async putBack(): Promise<CleanedUp> {
    return { outcome: 'absent' };
  }

  override async takeBack(name: string, from: string): Promise<void> {
    await moveBack(this.store, s3Key(from), this.keyOf(name)).catch((error: unknown) => {
      throw failedOf(error).status === undefined ? error : away(this.path, error);
    });
  }

  override placeOf(name: string): string {
    return s3Address(this.keyOf(name));
  }

  override firstPathIn(to: string, { name, fileNo }: Pick<ClosedSource, 'name' | 'fileNo'>): string {
    return s3Address(archiveKey(to, fileNo, this.bareName(name)));
  }

  override doorbell(ring: (bareName: string | undefined) => void): Doorbell {
    return new Poll(ring);
  }
}
