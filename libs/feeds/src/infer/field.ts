import { CLEAR_WORDS, Column, kindOf, type Place, total } from './column.ts';
import { type DateStyle, dateStyle, startsWithDay } from './dates.ts';
import { type NumberStyle, numberStyle } from './numbers.ts';

/** What the values of a column cannot tell. The answer stands in the YAML, where `word` has the value `?`. */
export interface Question {
  readonly word: 'format' | 'decimalChar' | 'primaryKey' | 'header';
  /** The column; null when it is about the whole file. */
  readonly column: string | null;
  readonly text: string;
}

/** Records that the inferred feed will reject, because they do not look like the others. */
export interface Outlier {
  /** The column; null when it is about the whole record. */
  readonly column: string | null;
  readonly count: number;
  readonly why: string;
  /** The first few. */
  readonly places: readonly Place[];
}

/** What the values of a column say about it. */
export interface Inferred {
  /** The words of the field in the YAML, besides its name and those that depend on other columns. */
  readonly words: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly required: boolean;
  readonly maxLength: number | null;
  /** What stands for a missing value: the empty text, and words. */
  readonly absent: readonly string[];
  /** Those of these words that are values in other columns. */
  readonly missing: readonly string[];
  /** What was seen, in a few words and without values. */
  readonly seen: readonly string[];
  readonly question: Omit<Question, 'column'> | null;
  readonly outliers: readonly Omit<Outlier, 'column'>[];
  /** It carries times without an offset. */
  readonly bare: boolean;
  /** The looks of the values that it reads; null: any. */
  readonly looks: readonly string[] | null;
}

/** What the columns of a file show together. */
export interface Habits {
  readonly decimalChar: string | undefined;
  readonly dayFirst: boolean | undefined;
}

/** How columns are inferred, where a person has said so. */
export interface Wishes {
  /** 0 and 1 alone are false and true. Otherwise they are numbers. */
  readonly bits?: boolean;
}

const NO_HABITS: Habits = { decimalChar: undefined, dayFirst: undefined };

/** One value of a hundred may look unlike the others, and be a reject, before the type of a column gives way. */
const OUTLIERS_PER_VALUE = 0.01;

/** What the clear columns of a file show about the others. */
export function habitsOf(columns: readonly Column[]): Habits {
  const marks = new Set<string>();
  const orders = new Set<boolean>();
  for (const column of columns) {
    const number = numbersOf(column, NO_HABITS);
    const shown = number?.type === 'number' || number?.groupChar === '.' || number?.groupChar === ',';
    if (number?.unclear === null && shown && isMost(column, number.fits)) marks.add(number.decimalChar);
    const date = datesOf(column, NO_HABITS);
    const order = date?.choices.length === 0 ? startsWithDay(date.format) : undefined;
    if (date !== undefined && order !== undefined && isMost(column, date.fits)) orders.add(order);
  }
  return { decimalChar: only(marks), dayFirst: only(orders) };
}

function only<T>(set: ReadonlySet<T>): T | undefined {
  return set.size === 1 ? [...set][0] : undefined;
}

function isMost({ values }: Column, fits: number): boolean {
  return fits > 0 && values - fits <= values * OUTLIERS_PER_VALUE;
}

function numbersOf({ looks }: Column, { decimalChar }: Habits): NumberStyle | undefined {
  const numbers = [...looks].flatMap(([look, tally]) =>
    kindOf(look) === 'number' ? [[look, tally] as const] : [],
  );
  return looks.has('code') ? undefined : numberStyle(new Map(numbers), decimalChar);
}

function datesOf({ looks }: Column, { dayFirst }: Habits): DateStyle | undefined {
  const dates = [...looks].flatMap(([look, { count }]) =>
    kindOf(look) === 'date' ? [[look, count] as const] : [],
  );
  return dateStyle(new Map(dates), dayFirst);
}

const PAIRS: readonly (readonly [yes: string, no: string])[] = [
  ...([
    ['true', 'false'],
    ['yes', 'no'],
    ['ja', 'nein'],
    ['oui', 'non'],
    ['si', 'no'],
    ['sí', 'no'],
  ] as const),
  ...([
    ['y', 'n'],
    ['j', 'n'],
    ['t', 'f'],
    ['wahr', 'falsch'],
  ] as const),
];

interface Words {
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

/** The words of a column that has nothing but two of them, in whatever case. */
function pairOf({ distinct, values }: Column, { bits }: Wishes): Words | undefined {
  const given = [...(distinct ?? [])].map(([word]) => word);
  const pairs = bits ? [...PAIRS, ['1', '0'] as const] : PAIRS;
  for (const [yes, no] of pairs) {
    const [ayes, noes] = [yes, no].map((word) => given.filter((one) => one.toLowerCase() === word));
    const all = [...(ayes ?? []), ...(noes ?? [])];
    const fits = all.reduce((sum, word) => sum + (distinct?.get(word) ?? 0), 0);
    // One word of a pair is enough where it can hardly mean anything else.
    const known = (ayes?.length && noes?.length) || yes === 'true';
    if (known && fits > 0 && fits === values) {
      return { yes: ayes?.length ? ayes : [yes], no: noes?.length ? noes : [no] };
    }
  }
  return undefined;
}

const DATE_NAME = /(^|_)(date|datum|day|tag|dt|on)(_|$)/;

/** Decides what a column holds. `name`: its name in the table. */
export function infer(column: Column, name: string, habits: Habits, wishes: Wishes): Inferred {
  const pair = pairOf(column, wishes);
  if (pair !== undefined) return asBoolean(column, pair);
  const numbers = numbersOf(column, habits);
  const dates = datesOf(column, habits);
  const uuids = column.looks.get('uuid')?.count ?? 0;
  if (numbers !== undefined && isMost(column, numbers.fits)) {
    const days = numbers.shapes.join() === 'whole' && column.compactDays === column.values;
    if (days && DATE_NAME.test(name))
      return typed(column, { type: 'date', format: '%Y%m%d' }, ['whole'], ['like 20251231']);
    return asNumber(column, numbers);
  }
  if (dates !== undefined && isMost(column, dates.fits)) return asDate(column, dates);
  if (isMost(column, uuids)) return typed(column, { type: 'string', format: 'uuid' }, ['uuid'], []);
  return asText(column);
}

function asBoolean(column: Column, { yes, no }: Words): Inferred {
  const words = { type: 'boolean', trueValues: yes, falseValues: no };
  return typed(column, words, [...column.looks.keys()], []);
}

function asNumber(column: Column, style: NumberStyle): Inferred {
  const { type, decimalChar, groupChar, digits, unclear } = style;
  const [before, after] = digits;
  const words = {
    type,
    ...(unclear !== null
      ? { decimalChar: '?' }
      : decimalChar === '.' || type === 'integer'
        ? {}
        : { decimalChar }),
    ...(groupChar !== null && { groupChar }),
    ...(type === 'number' && { digits: [Math.max(10, before + 2), Math.max(2, after)] }),
  };
  const size =
    type === 'number'
      ? `at most ${before} digits before and ${after} after the mark`
      : `at most ${before} ${before === 1 ? 'digit' : 'digits'}`;
  const onlyBits =
    type === 'integer' && [...(column.distinct ?? [])].every(([word]) => word === '0' || word === '1');
  const seen = [
    size,
    ...(column.negative > 0 ? [`${grouped(column.negative)} negative`] : []),
    ...(onlyBits && column.distinct !== null
      ? ['only 0 and 1: for a boolean write type: boolean, trueValues: ["1"], falseValues: ["0"]']
      : []),
  ];
  const other = unclear === '.' ? ',' : '.';
  const text = `is 1${unclear}234 one and a fraction (decimalChar: "${unclear}") or one thousand (decimalChar: "${other}", groupChar: "${unclear}")?`;
  return {
    ...typed(column, words, style.shapes, seen),
    question: unclear === null ? null : { word: 'decimalChar', text },
  };
}

function asDate(column: Column, { type, format, choices, bare, looks }: DateStyle): Inferred {
  const example = exampleOf(format);
  const words = {
    type,
    ...(choices.length > 0 ? { format: '?' } : format !== 'sluice' && format !== '%Y-%m-%d' && { format }),
    ...(/UTC|GMT/.test(format) && { timezone: 'UTC' }),
  };
  const read = typed(column, words, looks, choices.length > 0 ? [] : [`like ${example}`]);
  if (choices.length === 0) return { ...read, bare };
  const ways = choices.map((choice) => `"${choice}"`).join(' or ');
  const why = format.includes('%y')
    ? `years have two digits: is ${ways} right, where 00 to 68 are 2000 to 2068?`
    : 'the day or the month first? No number is above 12:';
  return {
    ...read,
    bare,
    question: { word: 'format', text: format.includes('%y') ? why : `${why} ${ways}` },
  };
}

/** A day that shows how a format looks. */
function exampleOf(format: string): string {
  if (format === 'sluice') return '2025-12-31 23:59:00';
  const parts: Readonly<Record<string, string>> = {
    Y: '2025',
    y: '25',
    m: '12',
    d: '31',
    b: 'Dec',
    H: '23',
    M: '59',
    S: '00',
    f: '000',
    z: '+01:00',
  };
  return format.replace(/%(\w)/g, (all, letter: string) => parts[letter] ?? all);
}

function asText(column: Column): Inferred {
  const words = { type: 'string' };
  const inText = [...column.missing].filter(([word]) => word === '' || CLEAR_WORDS.includes(word));
  // A word such as "-" is a value here.
  const others = total(column.missing) - total(new Map(inText));
  const longest = Math.max(column.longest, others > 0 ? 4 : 0);
  const empty = column.values + others === 0;
  const size = empty ? 'always empty' : `at most ${longest} ${longest === 1 ? 'character' : 'characters'}`;
  return {
    words,
    required: inText.length === 0,
    maxLength: empty ? null : roomFor(longest),
    absent: inText.map(([word]) => word),
    missing: [],
    seen: [...counts(column.values + others, new Map(inText)), size],
    question: null,
    outliers: [],
    bare: false,
    looks: null,
  };
}

/** A length with room for longer values; null means any. */
function roomFor(longest: number): number | null {
  return [10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((length) => length >= longest * 1.25) ?? null;
}

function typed(
  column: Column,
  words: Inferred['words'],
  looks: readonly string[],
  seen: readonly string[],
): Inferred {
  const strange = [...column.looks].filter(([look]) => !looks.includes(look));
  const missing = [...column.missing.keys()];
  return {
    words: { ...words, ...(missing.includes(' ') && { missingBlank: true }) },
    required: missing.length === 0,
    maxLength: null,
    absent: missing.filter((word) => word !== ' '),
    missing: missing.filter((word) => word.trim() !== '' && !CLEAR_WORDS.includes(word)),
    seen: [...counts(column.values, column.missing), ...seen],
    question: null,
    outliers: strange.map(([, { count, places }]) => ({
      count,
      places,
      why: `no ${words.format === 'uuid' ? 'UUID' : words.type}`,
    })),
    bare: false,
    looks,
  };
}

/** Says whether a column rejects a value, as far as the looks of its values tell. */
export function refuses({ looks, required, words }: Inferred, text: string): boolean {
  const probe = new Column(null);
  probe.add(text, { sample: 0, line: 0 });
  const [look] = probe.looks.keys();
  if (look === undefined) return required;
  const { trueValues, falseValues } = words;
  if (Array.isArray(trueValues) && Array.isArray(falseValues))
    return ![...trueValues, ...falseValues].includes(text);
  return looks !== null && !looks.includes(look);
}

function counts(values: number, missing: Column['missing']): string[] {
  const absent = total(missing);
  const words = [...missing.keys()].map((word) => (word === '' ? 'empty' : word === ' ' ? 'spaces' : word));
  return [
    `${grouped(values)} ${values === 1 ? 'value' : 'values'}`,
    ...(absent > 0 ? [`${grouped(absent)} missing (${words.join(', ')})`] : []),
  ];
}

/** A number with groups, for people. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
