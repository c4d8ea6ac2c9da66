import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventFiles, headerLine } from '@sluice/generator';

/**
 * Writes files of valid, distinct events.
 * @returns the content of each file without the header line, for COPY
 */
export function writeFiles(
  folder: string,
  o: { readonly prefix: string; readonly files: number; readonly rows: number; readonly seed: number },
): string[] {
  const rows = { min: o.rows, max: o.rows };
  const contents = eventFiles({ seed: o.seed, rows, duplicates: 0, malformed: 0 });
  return Array.from({ length: o.files }, (_, i) => {
    const text = contents
      .next()
      .value.map(({ line }) => `${line}\n`)
      .join('');
    const file = join(folder, `${o.prefix}_${i}.csv`);
    writeFileSync(file, `${headerLine}\n${text}`);
    return text;
  });
}

/** Moves whole files from one folder to another of the same file system. */
export function dropFiles(from: string, to: string): void {
  for (const name of readdirSync(from)) renameSync(join(from, name), join(to, name));
}
