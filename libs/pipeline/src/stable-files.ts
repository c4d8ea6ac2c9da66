import type { Token } from '@sluice/core';
import type { SourceFile } from '@sluice/source';

/**
 * Tells files that are still being written from those that are not. A file is stable when it was last written
 * `stableFor` ms ago, or when it has looked the same for so long: a wrong clock only makes it wait.
 */
export class StableFiles {
  readonly #stableFor: number;
  #waiting = new Map<string, { readonly token: Token; readonly since: number }>();

  constructor(stableFor: number) {
    this.#stableFor = stableFor;
  }

  /** `wallClock` is compared with the files' times; `monotonic` measures how long a file has looked the same. Both in ms. */
  among(
    files: readonly SourceFile[],
    wallClock: number,
    monotonic: number,
  ): { stable: SourceFile[]; stableIn: number | undefined } {
    const waiting = new Map<string, { token: Token; since: number }>();
    const stable: SourceFile[] = [];
    let stableIn: number | undefined;
    for (const file of files) {
      if (wallClock - file.modifiedAt >= this.#stableFor) {
        stable.push(file);
        continue;
      }
      const before = this.#waiting.get(file.name);
      const since = before?.token === file.token ? before.since : monotonic;
      const left = this.#stableFor - (monotonic - since);
      if (left <= 0) stable.push(file);
      else
        stableIn = Math.min(
          stableIn ?? left,
          left,
          Math.max(1, this.#stableFor - (wallClock - file.modifiedAt)),
        );
      waiting.set(file.name, { token: file.token, since });
    }
    this.#waiting = waiting;
    return { stable, stableIn };
  }
}
