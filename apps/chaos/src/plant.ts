import fs from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { PLANTED_BUGS, type PlantedBug, type PlantedBugName } from './planted-bugs.ts';

// This module is loaded into an app before its main (`node --import`). It changes the source text of the product while it
// is loaded. The product itself has no code for this.

const TOP = new URL('../../../', import.meta.url);
const bug: PlantedBug = PLANTED_BUGS[process.env.PLANTED_BUG as PlantedBugName];

function planted(path: string, text: string): string {
  let changed = text;
  for (const { file, find, replace } of bug.edits) {
    if (fileURLToPath(new URL(file, TOP)) !== path) continue;
    if (!changed.includes(find)) throw new Error(`${file} has changed: the bug cannot be planted`);
    changed = changed.replace(find, () => replace);
  }
  return changed;
}

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.startsWith('file:') || loaded.source === undefined || loaded.source === null) return loaded;
    const path = fileURLToPath(url);
    if (!bug.edits.some(({ file }) => path.endsWith(file))) return loaded;
    const source =
      typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
    return { ...loaded, source: planted(path, source) };
  },
});

// SQL and Lua are read as files, not imported.
const readFileSync = fs.readFileSync as (path: fs.PathOrFileDescriptor, options?: unknown) => string | Buffer;
Object.assign(fs, {
  readFileSync(path: fs.PathOrFileDescriptor, options?: unknown): string | Buffer {
    const content = readFileSync(path, options);
    return typeof content === 'string' && path instanceof URL
      ? planted(fileURLToPath(path), content)
      : content;
  },
});
syncBuiltinESMExports();
