import type { Config } from '@sluice/process';
import { compressionOf, type SourceFile } from '@sluice/source';
import type { WaitingFiles } from '../observe/fleet.ts';

/** How many files may wait at once, at about 450 bytes each (I8). The others get their first look when there is room again. */
const WAIT_AT_MOST = 50_000;
const NAMED_AT_MOST = 5;
const OPEN_AT_ONCE = 64;

/** When a look at files began and when it had ended, in monotonic ms. */
export interface Looked {
  readonly began: number;
  readonly ended: number;
}

interface Waiting {
  /** Size, mtime, inode and ctime. */
  readonly shown: string;
  /** When a look first showed it like this, in monotonic ms. */
  readonly since: number;
  /** Whether its last line has a line end, which is looked up once. */
  finished?: boolean;
  /** When it may be stable, in monotonic ms. Undefined: it was, and must be looked at again for another reason. */
  due?: number | undefined;
  /** It waits only because its last line has no line end. */
  unfinished?: boolean;
}

type Settings = Pick<Config, 'stableFor' | 'unfinishedFor'>;

/**
 * Decides which files are no longer being written to. A file is stable when two looks `stableFor` ms apart showed the same. Its
 * timestamps are not compared with the time of day, because they may come from another host's clock. A file whose last line has
 * no line end waits until it has not changed for `unfinishedFor` ms. Unknown files are passed in rounds: {@link begin}, then
 * {@link among} for the files of the round, then {@link end}. A round is over all files, or over some names.
 */
export class StableFiles {
  readonly #settings: Settings;
  readonly #endsItsLine: (file: SourceFile) => Promise<boolean | undefined>;
  readonly #waitAtMost: number;
  /** The files of earlier rounds that this round has not seen, and the files that it has seen. */
  #before = new Map<string, Waiting>();
  #seen = new Map<string, Waiting>();
  /** How many files found no room when all files were last looked at. */
  #passedOver = 0;
  #nextDue = Number.POSITIVE_INFINITY;
  #waiting: WaitingFiles = { files: 0, unfinished: 0, names: [] };
  #round = newRound();

  /** @param endsItsLine returns undefined when the file has changed since the look */
  constructor(
    settings: Settings,
    endsItsLine: (file: SourceFile) => Promise<boolean | undefined>,
    waitAtMost = WAIT_AT_MOST,
  ) {
    this.#settings = settings;
    this.#endsItsLine = endsItsLine;
    this.#waitAtMost = waitAtMost;
  }

  /** The files that are waiting after the last round. */
  get waiting(): WaitingFiles {
    return this.#waiting;
  }

  /** How many files the last round has seen for the first time. */
  get found(): number {
    return this.#round.found;
  }

  /** When the next of them may be stable, in monotonic ms. */
  get nextDue(): number {
    return this.#nextDue;
  }

  /** The names of the files that must be looked at again. */
  names(): string[] {
    return [...this.#before.keys()];
  }

  /** Those of {@link names} that may be stable now, in monotonic ms. */
  due(now: number): string[] {
    return [...this.#before].flatMap(([name, { due = 0 }]) => (due <= now ? [name] : []));
  }

  /** Whether a look has shown this file before. */
  knows(name: string): boolean {
    return this.#before.has(name);
  }

  /** Begins a round over all files, or only over these. */
  begin(over: 'all' | 'names', names = this.names()): void {
    if (over === 'all') this.#passedOver = 0;
    // Keeps what a failed round has seen.
    for (const [name, waiting] of this.#seen) this.#before.set(name, waiting);
    this.#seen = new Map();
    this.#round = newRound();
    if (over === 'names') this.#round.names = names;
  }

  /** Those of `files` that are stable. */
  async among(files: readonly SourceFile[], looked: Looked): Promise<SourceFile[]> {
    const stable: SourceFile[] = [];
    const lookUp: [SourceFile, Waiting, number][] = [];
    for (const file of files) {
      const waiting = this.#see(file, looked);
      if (waiting === undefined) continue;
      const unchangedFor = Math.max(0, looked.began - waiting.since);
      waiting.unfinished = false;
      if (unchangedFor < this.#settings.stableFor)
        this.#waits(waiting, looked, this.#settings.stableFor - unchangedFor);
      else if (unchangedFor >= this.#settings.unfinishedFor || compressionOf(file.name) !== null)
        stable.push(this.#isStable(file, waiting));
      else lookUp.push([file, waiting, unchangedFor]);
    }
    for (let i = 0; i < lookUp.length; i += OPEN_AT_ONCE) {
      const some = lookUp.slice(i, i + OPEN_AT_ONCE);
      const finished = await Promise.all(some.map((one) => this.#isFinished(one[0], one[1])));
      for (const [n, [file, waiting, unchangedFor]] of some.entries()) {
        waiting.unfinished = finished[n] === false;
        if (finished[n] === true) stable.push(this.#isStable(file, waiting));
        else if (finished[n] === undefined) this.#waits(waiting, looked, this.#settings.stableFor);
        else this.#waits(waiting, looked, this.#settings.unfinishedFor - unchangedFor);
      }
    }
    return stable;
  }

  /** Forgets files that are registered and need no more looks. */
  forget(files: readonly { readonly name: string }[]): void {
    for (const { name } of files) this.#seen.delete(name);
  }

  /** Ends the round. `stableIn`: ms until the next file may be stable. `more`: some found no room, and there is room now. */
  end(): { readonly stableIn: number | undefined; readonly more: boolean } {
    const { names, looked } = this.#round;
    for (const name of names ?? this.#before.keys()) this.#before.delete(name);
    for (const [name, waiting] of this.#seen) this.#before.set(name, waiting);
    this.#seen = new Map();
    const waits = [...this.#before].filter(([, { due }]) => due !== undefined);
    const unfinished = waits.flatMap(([name, one]) => (one.unfinished ? [name] : []));
    this.#waiting = {
      files: waits.length + this.#passedOver,
      unfinished: unfinished.length,
      names: unfinished.slice(0, NAMED_AT_MOST),
    };
    this.#nextDue = waits.reduce((next, [, { due = next }]) => Math.min(next, due), Number.POSITIVE_INFINITY);
    const stableIn = waits.length === 0 ? undefined : this.#nextDue - (looked ?? performance.now());
    return { stableIn, more: this.#passedOver > 0 && this.#before.size < this.#waitAtMost };
  }

  #see(file: SourceFile, { ended }: Looked): Waiting | undefined {
    const before = this.#before.get(file.name);
    this.#before.delete(file.name);
    // A file that is being written to for a long time is not found again with each look.
    if (before === undefined) this.#round.found += 1;
    const shown = `${file.token} ${file.changedAt}`;
    const same = before?.shown === shown;
    if (!same && this.#seen.size + this.#before.size >= this.#waitAtMost) {
      this.#passedOver += 1;
      return undefined;
    }
    const waiting = same ? before : { shown, since: ended };
    this.#seen.set(file.name, waiting);
    return waiting;
  }

  async #isFinished(file: SourceFile, waiting: Waiting): Promise<boolean | undefined> {
    if (waiting.finished !== undefined) return waiting.finished;
    const finished = await this.#endsItsLine(file);
    if (finished !== undefined) waiting.finished = finished;
    return finished;
  }

  #isStable(file: SourceFile, waiting: Waiting): SourceFile {
    waiting.due = undefined;
    return file;
  }

  #waits(waiting: Waiting, { began }: Looked, ms: number): void {
    // A first look counts from its end.
    this.#round.looked = Math.max(began, waiting.since);
    waiting.due = this.#round.looked + ms;
  }
}

interface Round {
  /** Undefined: all. */
  names: readonly string[] | undefined;
  found: number;
  /** When the last look of it began. */
  looked: number | undefined;
}

const newRound = (): Round => ({ names: undefined, found: 0, looked: undefined });
