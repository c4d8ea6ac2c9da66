import { CLEAR_WORDS, type Column, type Place, total } from './column.ts';

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

/** What a column holds whose values have these looks. */
export function typed(
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

/** How many values a column has, and how many are missing, in words. */
export function counts(values: number, missing: Column['missing']): string[] {
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
