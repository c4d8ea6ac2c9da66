import type { FoundFile, Token } from '@sluice/core';
import type { Logger } from '@sluice/process';
import type { SourceFile, UnreadableFile } from '@sluice/source';

/**
 * The files in the source folder that the watcher cannot read. Each is logged once, tried again at each reconcile, and logged
 * when it can be read again.
 */
export class UnreadableFiles {
  readonly #log: Logger;
  readonly #known = new Map<string, { token: Token | undefined; code: string; tried: boolean }>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Their names in the ledger, and their tokens, '' where that is not known. */
  get all(): readonly { readonly name: string; readonly token: string }[] {
    return [...this.#known].map(([name, { token }]) => ({ name, token: token ?? '' }));
  }

  /** Allows one more try for each of them. */
  retry(): void {
    for (const file of this.#known.values()) file.tried = false;
  }

  /** False for a file that could not be read and may not be tried again yet. */
  mayTry({ name, token }: FoundFile): boolean {
    const known = this.#known.get(name);
    return known === undefined || !known.tried || known.token !== token;
  }

  /** Remembers a file that could not be read. */
  tell({ file, code, hint }: UnreadableFile, token?: Token): void {
    if (this.#known.get(file)?.code !== code) {
      this.#log.warn({ file, code, hint }, 'a source file cannot be read: tried again at each reconcile');
    }
    this.#known.set(file, { token, code, tried: true });
  }

  /** Which of these files could not be read. */
  among(files: readonly SourceFile[]): string[] {
    if (this.#known.size === 0) return [];
    return files.flatMap(({ name }) => (this.#known.has(name) ? [name] : []));
  }

  /** Forgets files that could be read since {@link retry}, and files that are no longer in the source. */
  settle(listed: ReadonlySet<string>): void {
    for (const [file, { tried }] of this.#known) {
      if (tried) continue;
      this.#known.delete(file);
      if (listed.has(file)) this.#log.info({ file }, 'a source file can be read again');
    }
  }
}
