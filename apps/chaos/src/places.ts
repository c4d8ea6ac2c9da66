import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Findings } from './findings.ts';
import { withoutNumber } from './oracle.ts';
import type { Written } from './written.ts';

export interface Folders {
  readonly source: string;
  readonly archive: string;
  readonly quarantine: string;
}

/** Whether the source folder is empty, as it must be in the end because the last phase runs with clean-up. */
export function sourceIsEmpty({ source }: Folders): boolean {
  return readdirSync(source).length === 0;
}

/**
 * Every file that the lab left in the source folder must be in the archive or the quarantine, with its content. Files that
 * the lab overwrote may be there. There must be nothing else, such as a partial copy or a hidden file.
 */
export function judgePlaces(
  folders: Folders,
  written: Written,
  otherFeeds: readonly string[],
  findings: Findings,
): void {
  for (const name of readdirSync(folders.source))
    findings.breach('places', `${name} is in the source folder`);
  // Other feeds have a folder of their own in both.
  const isOthers = ({ path }: { path: string }) => otherFeeds.includes(path.split('/')[0] ?? '');
  const archived = filesBelow(folders.archive).filter((file) => !isOthers(file));
  const found = [...archived, ...filesBelow(folders.quarantine).filter((file) => !isOthers(file))];
  const days = /^\d{4}\/\d{2}\/\d{2}\/[^/]+$/;
  for (const { path } of archived) findings.expect('places', days.test(path), () => `${path} in the archive`);
  const left = new Map<string, { least: number; most: number }>();
  for (const { name, hash, quarantine, lasting } of written.versions) {
    const key = `${quarantine === undefined ? 'archive' : 'quarantine'}|${name}|${hash}`;
    const { least, most } = left.get(key) ?? { least: 0, most: 0 };
    left.set(key, { least: least + (lasting ? 1 : 0), most: most + 1 });
  }
  for (const { place, path, hash } of found) {
    const key = `${basename(place)}|${withoutNumber(basename(path))}|${hash}`;
    const bounds = left.get(key);
    findings.expect('places', (bounds?.most ?? 0) > 0, () => `${path} in ${place}: nobody put that there`);
    if (bounds !== undefined) left.set(key, { least: bounds.least - 1, most: bounds.most - 1 });
  }
  for (const [key, { least }] of left)
    findings.expect('places', least <= 0, () => `${key.split('|')[1]} is not in the ${key.split('|')[0]}`);
}

export function filesBelow(place: string): { place: string; path: string; hash: string }[] {
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
      return { place, path: path.slice(place.length + 1), hash };
    });
}
