import { dateLook } from './dates.ts';
import { hashOf, Unique } from './keys.ts';
import { type NumberLook, numberLook } from './numbers.ts';

/** Where a value stands. */
export interface Place {
  readonly sample: number;
  readonly line: number;
}

/** Values of a column that look alike. */
export interface Tally {
  count: number;
  /** The most digits of a number before and after its mark. */
  before: number;
  after: number;
  /** The first few. */
  readonly places: Place[];
}

/** Words that mean "no value" in any column. */
export const CLEAR_WORDS: readonly string[] = ['NULL', 'null', '\\N', 'N/A', 'n/a', '#N/A'];
/** Words that mean so only where the other values are numbers, dates and the like. */
const OTHER_WORDS = ['-', '--', 'NA', 'None', 'none', 'NaN', 'nan', 'nil'];
const WORDS = new Set([...CLEAR_WORDS, ...OTHER_WORDS]);
const LONGEST_WORD = Math.max(...[...WORDS].map(({ length }) => length));

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const PLACES = 5;
/** More different short values than this are no pair of words. */
const DISTINCT = 12;
const LONGEST_OF_PAIR = 5;

/** What was seen of one column, in constant memory. */
export class Column {
  /** Its name in the header; null without one. */
  readonly header: string | null;
  /** Other names of it, in other samples. */
  readonly others: string[] = [];
  /** In how many samples it stands. */
  samples = 0;
  /** By look: the shape of a number, the format of a date, `uuid`, `code` or `text`. */
  readonly looks = new Map<string, Tally>();
  /** By what stands for a missing value: the empty text, spaces alone (as ` `), or a word. */
  readonly missing = new Map<string, Tally>();
  longest = 0;
  negative = 0;
  /** Whole numbers of eight digits that could be days, such as 20251231. */
  compactDays = 0;
  /** How often each short value came; null when they are too many. */
  distinct: Map<string, number> | null = new Map();
  readonly unique = new Unique();

  constructor(header: string | null) {
    this.header = header;
  }

  add(text: string, place: Place): void {
    const blank = text.trim() === '';
    if (blank || (text.length <= LONGEST_WORD && WORDS.has(text))) {
      count(this.missing, blank && text !== '' ? ' ' : text, place);
    } else this.#addValue(text, place);
  }

  #addValue(text: string, place: Place): void {
    if (this.unique.holds) this.unique.add(hashOf(text));
    this.#countDistinct(text);
    if (text.length > this.longest) this.longest = Math.max(this.longest, [...text].length);
    const number = isFirstOfNumber(text) ? numberLook(text) : undefined;
    if (number !== undefined) {
      this.#addNumber(text, number, place);
      return;
    }
    const date = text.length >= 8 && text.length <= 40 ? dateLook(text) : undefined;
    count(this.looks, date ?? (UUID.test(text) ? 'uuid' : 'text'), place);
  }

  /** Values that are not missing. */
  get values(): number {
    return total(this.looks);
  }

  #addNumber(text: string, { shape, before, after }: NumberLook, place: Place): void {
    const isCode = shape === 'whole' && before > 1 && (before > 18 || /^-?0/.test(text));
    const tally = count(this.looks, isCode ? 'code' : shape, place);
    if (before > tally.before) tally.before = before;
    if (after > tally.after) tally.after = after;
    if (text.startsWith('-')) this.negative += 1;
    if (before === 8 && /^(19|20)\d{6}$/.test(text)) {
      const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
      if (dateLook(day) !== undefined) this.compactDays += 1;
    }
  }

  #countDistinct(text: string): void {
    if (this.distinct === null) return;
    if (text.length > LONGEST_OF_PAIR) this.distinct = null;
    else this.distinct.set(text, (this.distinct.get(text) ?? 0) + 1);
    if ((this.distinct?.size ?? 0) > DISTINCT) this.distinct = null;
  }
}

/** What kind of value has this look. */
export function kindOf(look: string): 'number' | 'date' | 'uuid' | 'code' | 'text' {
  if (look === 'uuid' || look === 'code' || look === 'text') return look;
  return look.includes('%') ? 'date' : 'number';
}

function isFirstOfNumber(text: string): boolean {
  const first = text.charCodeAt(0);
  return (first >= 0x30 && first <= 0x39) || first === 0x2d;
}

function count(tallies: Map<string, Tally>, name: string, place: Place): Tally {
  const tally = tallies.get(name) ?? { count: 0, before: 0, after: 0, places: [] };
  if (tally.count === 0) tallies.set(name, tally);
  if (tally.places.length < PLACES) tally.places.push(place);
  tally.count += 1;
  return tally;
}

/** How many values these are together. */
export function total(tallies: ReadonlyMap<string, Tally>): number {
  return [...tallies.values()].reduce((sum, { count }) => sum + count, 0);
}
