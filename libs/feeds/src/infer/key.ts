import type { Column } from './column.ts';
import { choices, hashOf, rankOf, Unique } from './keys.ts';

/** Columns whose values together are different in all records. */
export interface KeyCandidate {
  readonly columns: readonly number[];
  /** Only one of so many records was looked at, because they are too many to remember. */
  readonly oneOf: number;
}

/** Columns of which pairs and triples are tried. */
const TRIED = 10;

/** A column that could be a part of a key. */
export interface KeyColumn {
  readonly at: number;
  readonly name: string;
  readonly type: string;
}

/** How well a column fits into a key: 0 is best. A date often tells rows of one thing apart. */
export function fitOf({ name, type }: KeyColumn): number {
  return rankOf(name) < 2 ? rankOf(name) : type.startsWith('date') ? 1 : 2;
}

/** The single columns that identify a record, the likeliest first. */
export function singleKeys(columns: readonly Column[], able: readonly KeyColumn[]): KeyCandidate[] {
  return byFit(able).flatMap(({ at, type }) => {
    const unique = columns[at]?.unique;
    return unique?.holds && !type.startsWith('date') ? [{ columns: [at], oneOf: unique.oneOf }] : [];
  });
}

function byFit(able: readonly KeyColumn[]): KeyColumn[] {
  return [...able].sort((a, b) => fitOf(a) - fitOf(b) || a.at - b.at);
}

/**
 * Reads all records again to find the pairs, or else the triples, of columns that identify a record.
 *
 * @param records gives the values of each record by column, each time from the beginning
 */
export async function jointKeys(
  able: readonly KeyColumn[],
  records: () => AsyncIterable<readonly (readonly string[])[]>,
): Promise<KeyCandidate[]> {
  const tried = byFit(able).slice(0, TRIED);
  for (const size of [2, 3]) {
    const found = await unique(choices(tried, size), records);
    if (found.length > 0) return found;
  }
  return [];
}

async function unique(
  sets: readonly (readonly KeyColumn[])[],
  records: () => AsyncIterable<readonly (readonly string[])[]>,
): Promise<KeyCandidate[]> {
  let alive = sets.map((set) => ({
    set,
    columns: set.map(({ at }) => at).sort((a, b) => a - b),
    unique: new Unique(),
  }));
  for await (const group of records()) {
    for (const values of group) {
      for (const { columns, unique } of alive) {
        unique.add(columns.reduce((hash, at) => hashOf(values[at] ?? '', hash), 0));
      }
    }
    alive = alive.filter(({ unique }) => unique.holds);
    if (alive.length === 0) break;
  }
  const sumOf = (set: readonly KeyColumn[]) => set.reduce((sum, column) => sum + fitOf(column), 0);
  return alive
    .sort((a, b) => sumOf(a.set) - sumOf(b.set))
    .map(({ columns, unique }) => ({ columns, oneOf: unique.oneOf }));
}
