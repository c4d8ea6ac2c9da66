import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Servers } from '../servers.ts';
import type { Kind, Written } from './kind.ts';
import { feedsFor } from './kinds.ts';

/** The files that every round loads: written once, outside any source. */
export interface Contents {
  readonly kind: Kind;
  /** The folder with the YAML of their feed. */
  readonly feedsDir: string;
  /** A few files that are loaded first, so that the apps have compiled their code. */
  readonly warmUp: Placed;
  readonly main: Placed;
}

interface Placed {
  readonly folder: string;
  readonly written: Written;
}

const WARM_UP = { files: 40, rows: 100 };

/** Writes the files of a load and those of its warm-up. */
export function writeContents(
  { folder, say }: Servers,
  kind: Kind,
  seed: number,
  write: (folder: string, prefix: string) => Written,
): Contents {
  say(`writing files: ${kind.what}`);
  const parent = mkdtempSync(join(folder, 'load-'));
  const place = (name: string, how: typeof write): Placed => {
    const into = join(parent, name);
    mkdirSync(into);
    return { folder: into, written: how(into, name) };
  };
  return {
    kind,
    feedsDir: feedsFor(kind, parent),
    warmUp: place('warm_up', (into, prefix) => kind.write(into, prefix, { ...WARM_UP, seed: seed + 1 })),
    main: place('measured', write),
  };
}
