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

/** Fewer records than this prove too little: columns can be different in all of them by chance. */
const ENOUGH = 20;

/** Texts of all records by column, each time from the beginning. */
type Rows = () => AsyncIterable<readonly (readonly string[])[]>;

/**
 * Finds the columns that identify a record. `sure`: the first candidate is the key, because the names of its columns say so too.
 *
 * @param able the columns that may be in a key
 * @param rows reads all records again, which is needed for keys of several columns
 */
export async function findKeys(
  { columns, records }: { readonly columns: readonly Column[]; readonly records: number },
  able: readonly KeyColumn[],
  rows: Rows,
): Promise<{ readonly candidates: readonly KeyCandidate[]; readonly sure: boolean }> {
  const tried = [...able].sort((a, b) => fitOf(a) - fitOf(b) || a.at - b.at);
  const isSure = (candidate: KeyCandidate) => {
    const fits = able.filter(({ at }) => candidate.columns.includes(at)).map(fitOf);
    if (records < ENOUGH && candidate.columns.join() !== '0') return false;
    return fits.every((fit) => fit < (fits.length > 1 ? 2 : 1));
  };
  const single = tried.flatMap(({ at, type }): KeyCandidate[] => {
    const unique = columns[at]?.unique;
    return unique?.holds && !type.startsWith('date') ? [{ columns: [at], oneOf: unique.oneOf }] : [];
  });
  if (single.some(isSure)) return { candidates: single, sure: true };
  const joint = await jointKeys(
    single.length === 0 ? tried : tried.filter((column) => fitOf(column) < 2),
    rows,
  );
  const candidates = [...joint.filter(isSure), ...single, ...joint.filter((one) => !isSure(one))];
  return { candidates, sure: joint.some(isSure) };
}

/** How well a column fits into a key: 0 is best. A date often tells rows of one thing apart. */
function fitOf({ name, type }: KeyColumn): number {
  if (type === 'uuid') return 0;
  return Math.min(rankOf(name), type.startsWith('date') ? 1 : 2);
}

/** The pairs, or else the triples, of the first columns that identify a record. */
async function jointKeys(able: readonly KeyColumn[], rows: Rows): Promise<KeyCandidate[]> {
  for (const size of [2, 3]) {
    const found = await unique(choices(able.slice(0, TRIED), size), rows);
    if (found.length > 0) return found;
  }
  return [];
}

async function unique(sets: readonly (readonly KeyColumn[])[], rows: Rows): Promise<KeyCandidate[]> {
  let alive = sets.map((set) => ({
    set,
    columns: set.map(({ at }) => at).sort((a, b) => a - b),
    unique: new Unique(),
  }));
  for await (const group of rows()) {
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
