import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const TOP = new URL('../../../', import.meta.url);

/** A folder with a file for each program of Sluice and the parts that they share, and what they were made from. `infra/build.ts` makes both. */
interface Built {
  readonly folder: URL;
  readonly madeFrom: URL;
}

/** Where the built programs of a project are. */
export function builtIn(top: URL): Built {
  return { folder: new URL('.cache/sluice/', top), madeFrom: new URL('.cache/sluice.txt', top) };
}

/** Files as they are now, a line for each: size, time of the last change, and path below the folder. */
export function stateOf(paths: readonly string[], top: URL): string {
  const folder = fileURLToPath(top);
  const lines = paths.map((path) => {
    const { size, mtimeMs } = statSync(`${folder}${path}`, { throwIfNoEntry: false }) ?? {};
    return `${size} ${mtimeMs} ${path}\n`;
  });
  return lines.join('');
}

/** The folder of the built programs, if every file that they were made from is still the same; otherwise undefined. */
export function freshPrograms(top: URL): URL | undefined {
  const { folder, madeFrom } = builtIn(top);
  try {
    const state = readFileSync(madeFrom, 'utf8');
    const paths = state.split('\n').map((line) => line.replace(/^\S+ \S+ /, ''));
    return state !== '' && stateOf(paths.slice(0, -1), top) === state ? folder : undefined;
  } catch {
    return undefined; // Nothing was built, or it cannot be read: the programs are run from their source.
  }
}
