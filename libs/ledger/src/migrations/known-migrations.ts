import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('./', import.meta.url);

export interface Migration {
  readonly version: number;
  readonly name: string;
  /** The SHA-256 of its file. A migration that has run somewhere must never change. */
  readonly checksum: string;
}

let known: readonly (Migration & { readonly text: string })[] | undefined;

/** The migrations of this program, in order. They are read once. */
export function knownMigrations(): readonly (Migration & { readonly text: string })[] {
  known ??= readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((name) => {
      const text = readFileSync(new URL(name, FOLDER), 'utf8');
      const checksum = createHash('sha256').update(text).digest('hex');
      return { version: Number.parseInt(name, 10), name, checksum, text };
    });
  return known;
}
