import { sizeOf } from '@sluice/core';
import { ChangedFile, UnreadableFile } from '../errors.ts';
import type { Content, Look } from '../open-source.ts';
import { isAbsent, unreadable } from './failure.ts';
import type { Handle, Remote, Stat } from './remote.ts';

/** So many blocks are asked for before the first one has come, so that the way there and back is not waited for at each. */
const AHEAD = 8;
/** Smaller blocks are those of a look at the ends of a file. */
const SMALLEST_AHEAD = 16 * 1024;

interface Place {
  readonly remote: Remote;
  /** On the server. */
  readonly path: string;
  /** In the ledger. */
  readonly name: string;
}

interface Opened {
  readonly handle: Handle;
  readonly look: Look;
}

/**
 * An open file of a server. When the connection is lost, it is opened again, and reading goes on where it was if it is still the same
 * version. It gives exactly as many bytes as the file had when it was opened, or it rejects.
 */
export class RemoteFile implements Content {
  /** What the first look at the open file has shown. */
  readonly opened: Look;
  readonly #place: Place;
  readonly #size: number;
  /** How much is read at most. */
  readonly #end: number;
  #file: Opened;
  #asked: { readonly at: number; readonly bytes: number; readonly block: Promise<Buffer> }[] = [];
  /** Where the file was last opened again: one lost connection after the other at one place is no progress. */
  #againAt = -1;

  private constructor(place: Place, file: Opened, bytes: number) {
    this.#place = place;
    this.#file = file;
    this.opened = file.look;
    this.#size = sizeOf(file.look.token);
    this.#end = Math.min(this.#size, bytes);
  }

  /** @returns undefined when there is no such file   @param bytes how much is read at most */
  static async open(place: Place, bytes: number): Promise<RemoteFile | undefined> {
    const file = await openedAt(place);
    return file === undefined ? undefined : new RemoteFile(place, file, bytes);
  }

  /** An open file keeps its bytes when another one takes its name, so both are looked at. */
  async look(): Promise<Look> {
    return await this.#orAgain(this.#size, async () => {
      const { remote, name } = this.#place;
      const [open, atPath] = await Promise.all([
        remote.fstat(this.#file.handle).catch(unreadable(name)),
        statAt(this.#place),
      ]);
      if (atPath !== undefined && atPath.token !== open.token) throw new ChangedFile(name);
      return lookOf(open);
    });
  }

  async read(buffer: Buffer, bytes: number, at: number): Promise<number> {
    const wanted = Math.min(bytes, this.#size - at);
    if (wanted <= 0) return 0;
    const block = await this.#orAgain(at, () => this.#block(at, wanted));
    if (block.length === wanted) return block.copy(buffer);
    const { name } = this.#place;
    if ((await this.look()).token !== this.opened.token) throw new ChangedFile(name);
    const cause = new Error(`the server ends it after ${at + block.length} of ${this.#size} bytes`);
    throw new UnreadableFile(name, { code: 'CUT_SHORT', hint: 'see to the server', cause });
  }

  async close(): Promise<void> {
    this.#asked = [];
    await this.#place.remote.close(this.#file.handle);
  }

  /** The block at this place, and the requests for those behind it. */
  async #block(at: number, bytes: number): Promise<Buffer> {
    const { remote, name } = this.#place;
    const [first] = this.#asked;
    if (first?.at !== at || first.bytes !== bytes) this.#asked = [];
    const ahead = bytes < SMALLEST_AHEAD ? 1 : AHEAD;
    while (this.#asked.length < ahead) {
      const last = this.#asked.at(-1);
      const next = last === undefined ? at : last.at + last.bytes;
      const some = Math.min(bytes, Math.max(this.#end, at + bytes) - next);
      if (some <= 0) break;
      const block = remote.read(this.#file.handle, next, some).catch(unreadable(name));
      // Nobody may ask for this block any more, and then nobody hears of its failure.
      block.catch(() => undefined);
      this.#asked.push({ at: next, bytes: some, block });
    }
    return (await this.#asked.shift()?.block) ?? Buffer.alloc(0);
  }

  /** Does the work, and once more if the connection was lost and the file is still the same. */
  async #orAgain<T>(at: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#file.handle.session.lost === undefined || this.#againAt === at) throw error;
    }
    this.#againAt = at;
    this.#asked = [];
    const file = await openedAt(this.#place);
    if (file === undefined) throw new ChangedFile(this.#place.name);
    this.#file = file;
    if (file.look.token !== this.opened.token) throw new ChangedFile(this.#place.name);
    return await work();
  }
}

/** A look comes first: the server would follow a link, and wait at a pipe. */
async function openedAt(place: Place): Promise<Opened | undefined> {
  const { remote, path, name } = place;
  if ((await statAt(place))?.kind !== 'file') return undefined;
  let handle: Handle;
  try {
    handle = await remote.open(path);
  } catch (error) {
    return isAbsent(error) ? undefined : unreadable(name)(error);
  }
  const stat = await remote.fstat(handle).catch(unreadable(name));
  // A link that has taken the name meanwhile leads elsewhere (I10).
  if ((await statAt(place))?.token === stat.token) return { handle, look: lookOf(stat) };
  await remote.close(handle);
  return undefined;
}

/** What has the name; undefined when nothing has. */
async function statAt({ remote, path, name }: Place): Promise<Stat | undefined> {
  try {
    return await remote.lstat(path);
  } catch (error) {
    return isAbsent(error) ? undefined : unreadable(name)(error);
  }
}

function lookOf({ token, changedAt }: Stat): Look {
  return { token, changedAt };
}
