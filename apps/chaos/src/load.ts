import { setTimeout as delay } from 'node:timers/promises';
import { Random } from './random.ts';
import { Rows } from './rows.ts';
import { brokenContent, contentOf, type SourceWriter } from './source-writer.ts';
import type { Version } from './written.ts';

export interface LoadOptions {
  readonly seed: number;
  /** How many files are left alone once they are in the folder, and their average number of records. */
  readonly files: number;
  readonly rows: number;
  /** Whether the ledger already has this version. */
  readonly isRegistered: (version: Version) => Promise<boolean>;
  readonly isGone: (version: Version) => Promise<boolean>;
}

/** How many restless files are being handled at once. */
const RESTLESS_AT_ONCE = 8;
const LOOK_EVERY_MS = 10;
const WAIT_AT_MOST_MS = 6_000;

/**
 * The load. Files that are left alone are dropped in step with the faults. All the while there are small, restless files
 * that somebody writes to, replaces, touches, takes away and brings back.
 */
export class Load {
  readonly #o: LoadOptions;
  readonly #folder: SourceWriter;
  readonly #random: Random;
  readonly #calm: Rows;
  readonly #small: Rows;
  #calmFiles = 0;
  #restlessFiles = 0;
  readonly #inHands = new Set<Promise<void>>();

  constructor(folder: SourceWriter, o: LoadOptions) {
    this.#o = o;
    this.#folder = folder;
    this.#random = new Random(o.seed + 1);
    const rows = { min: Math.ceil(o.rows / 2), max: Math.floor((o.rows * 3) / 2) };
    this.#calm = new Rows({ seed: o.seed, rows, duplicates: 0.03, malformed: 0.01 });
    this.#small = new Rows({ seed: o.seed + 2, rows: { min: 2, max: 30 }, duplicates: 0.1, malformed: 0.05 });
  }

  /** Goes on until `over`, then waits until all files are in their final place. `progress` is the share of faults done, 0 to 1. */
  async during(cleanSource: 'off' | 'archive', progress: () => number, over: AbortSignal): Promise<void> {
    const handle = this.#handlings(cleanSource);
    while (!over.aborted) {
      this.#dropCalm(Math.ceil(this.#o.files * progress()));
      if (this.#inHands.size < RESTLESS_AT_ONCE) {
        const inHand = this.#random
          .pick(handle)(over)
          .finally(() => this.#inHands.delete(inHand));
        this.#inHands.add(inHand);
      }
      await delay(this.#random.between(50, 250));
    }
    await Promise.all(this.#inHands);
  }

  /** Drops the rest of the files, however many faults were done. */
  finish(): void {
    this.#dropCalm(this.#o.files);
  }

  #dropCalm(upTo: number): void {
    for (; this.#calmFiles < upTo; this.#calmFiles += 1) {
      const name = `calm_${this.#calmFiles}.csv${this.#calmFiles % 10 === 7 ? '.gz' : ''}`;
      this.#folder.drop(name, contentOf(name, this.#calm.nextFile()), { old: this.#random.next() < 0.7 });
    }
  }

  #newName(ending = 'csv'): string {
    this.#restlessFiles += 1;
    return `restless_${this.#restlessFiles}.${ending}`;
  }

  #dropSmall(name = this.#newName()): Version {
    const old = this.#random.next() < 0.7;
    return this.#folder.drop(name, contentOf(name, this.#small.nextFile()), { old });
  }

  /** With clean-up, a write to an open file could land in the archive, so files are changed in place only without it. */
  #handlings(
    cleanSource: 'off' | 'archive',
  ): [(over: AbortSignal) => Promise<void>, ...((over: AbortSignal) => Promise<void>)[]] {
    const always = [
      (over: AbortSignal) => this.#vanish(over),
      (over: AbortSignal) => this.#vanish(over),
      (over: AbortSignal) => this.#dropAgain(over),
      (over: AbortSignal) => this.#replace(over),
      (over: AbortSignal) => this.#touch(over),
      () => this.#odd(),
    ] as const;
    if (cleanSource === 'archive') return [...always];
    return [...always, (over) => this.#rewrite(over), (over) => this.#append(over)];
  }

  /** Takes a file out of the folder, before it is read if possible, and brings it back when its absence was noticed. */
  async #vanish(over: AbortSignal): Promise<void> {
    const version = this.#dropSmall();
    await this.#until(() => this.#o.isRegistered(version), over);
    if (this.#random.next() < 0.1) {
      this.#folder.remove(version.name);
      return;
    }
    if (!this.#folder.takeOut(version.name)) return;
    await this.#until(() => this.#o.isGone(version), over);
    await delay(this.#random.between(0, 500));
    this.#folder.putBack(version.name);
  }

  /** Drops the same content under the same name again. */
  async #dropAgain(over: AbortSignal): Promise<void> {
    const { name, rows } = this.#dropSmall();
    await this.#pause(over, 3_000);
    this.#folder.drop(name, contentOf(name, rows), { old: true });
  }

  async #replace(over: AbortSignal): Promise<void> {
    const { name } = this.#dropSmall();
    for (let again = this.#random.between(1, 3); again > 0; again -= 1) {
      await this.#pause(over, 800);
      this.#dropSmall(name);
    }
  }

  async #touch(over: AbortSignal): Promise<void> {
    const version = this.#dropSmall();
    if (this.#random.next() < 0.5) await this.#until(() => this.#o.isRegistered(version), over);
    else await this.#pause(over, 1_500);
    this.#folder.touch(version.name);
  }

  async #rewrite(over: AbortSignal): Promise<void> {
    const version = this.#dropSmall();
    const { name, rows } = version;
    // The watcher looks at files twice before it registers them. Without this wait, hardly any change would come later than that.
    if (this.#random.next() < 0.5) await this.#until(() => this.#o.isRegistered(version), over);
    else await this.#pause(over, 800);
    // The new content is longer, so that one write replaces all of the old.
    const other = Array.from({ length: 20 }, () => this.#small.nextFile()).flat();
    if (other.length > 2 * rows.length) this.#folder.rewrite(name, contentOf(name, other));
  }

  async #append(over: AbortSignal): Promise<void> {
    let { name, rows } = this.#dropSmall();
    for (let again = this.#random.between(1, 3); again > 0; again -= 1) {
      await this.#pause(over, 500);
      rows = [...rows, ...this.#small.nextFile()];
      this.#folder.rewrite(name, contentOf(name, rows));
    }
  }

  /** Drops a file that is compressed, empty, or has no events at all. */
  async #odd(): Promise<void> {
    const name = this.#newName(this.#random.pick(['csv', 'csv.gz']));
    const rows = this.#small.nextFile();
    const contents = [contentOf(name, rows), contentOf(name, []), brokenContent(rows)] as const;
    const content = this.#random.pick(contents);
    // Broken content under a .gz name is left out, because it would be quarantined for another reason.
    if (content.quarantine !== undefined && name.endsWith('.gz')) return;
    this.#folder.drop(name, content, { old: true });
  }

  async #until(condition: () => Promise<boolean>, over: AbortSignal): Promise<void> {
    const deadline = performance.now() + WAIT_AT_MOST_MS;
    while (!over.aborted && performance.now() < deadline && !(await condition())) await delay(LOOK_EVERY_MS);
  }

  async #pause(over: AbortSignal, atMost: number): Promise<void> {
    await delay(over.aborted ? 0 : this.#random.between(0, atMost));
  }
}
