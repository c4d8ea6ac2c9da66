import type { Wishes } from './booleans.ts';
import { infer, refuses } from './field.ts';
import { habitsOf } from './habits.ts';
import type { Inferred, Outlier, Question } from './inferred.ts';
import type { KeyColumn } from './key.ts';
import { columnNames } from './names.ts';
import type { SumLine, Table } from './table.ts';

/** A column of the samples. */
export interface InferredField extends Inferred {
  readonly name: string;
  /** Its names in the headers; empty without a header. */
  readonly from: readonly string[];
  /** It is absent from one of the samples. */
  readonly optional: boolean;
}

/** Names that belong to Sluice. */
const isTaken = (name: string): boolean => name.startsWith('sluice_');

/** What each column holds. */
export function fieldsOf({ columns }: Table, samples: number, wishes: Wishes): InferredField[] {
  const names = columnNames(
    columns.map(({ header }) => header ?? ''),
    isTaken,
  );
  const habits = habitsOf(columns);
  return columns.map((column, i) => {
    const name = names[i] ?? '';
    const inferred = infer(column, name, habits, wishes);
    const optional = column.samples < samples;
    const from = column.header === null ? [] : [column.header, ...column.others];
    return { ...inferred, name, from, optional, required: inferred.required && !optional };
  });
}

/** The columns that no record leaves empty, and whose values are equal when their texts are. */
export function ableToIdentify({ columns }: Table, fields: readonly InferredField[]): KeyColumn[] {
  return fields.flatMap(({ name, required, words: { type, format } }, at) => {
    const isExact = type !== 'number' && type !== 'boolean' && columns[at]?.missing.size === 0;
    return required && isExact ? [{ at, name, type: format === 'uuid' ? format : type }] : [];
  });
}

/** What a person has to say, the whole file first. */
export function questionsOf(
  fields: readonly InferredField[],
  header: boolean | undefined,
  key: readonly string[] | null,
): Question[] {
  const asked = fields.flatMap(({ name, question }) =>
    question === null ? [] : [{ ...question, column: name }],
  );
  const ofHeader = {
    word: 'header',
    column: null,
    text: 'does the first line name the columns (true), or is it a record (false)?',
  } as const;
  const ofKey = {
    word: 'primaryKey',
    column: null,
    text: 'which columns identify a record? If none do, leave this line out and write load: { duplicates: keep }',
  } as const;
  return [...(header === undefined ? [ofHeader] : []), ...(key === null ? [ofKey] : []), ...asked];
}

/** What the feed will reject, and what else a person should know. */
export function outliersOf(
  table: Table,
  fields: readonly InferredField[],
): { readonly outliers: readonly Outlier[]; readonly notes: readonly string[] } {
  const ofFields = fields.flatMap(({ name, outliers }) =>
    outliers.map((outlier) => ({ ...outlier, column: name })),
  );
  const [sums, loaded] = [[] as SumLine[], [] as SumLine[]];
  for (const sum of table.sums) (isRejected(sum, table, fields) ? sums : loaded).push(sum);
  const why = 'looks like a line of sums at the end';
  const places = sums.map(({ place }) => place);
  const ofSums = sums.length === 0 ? [] : [{ column: null, count: sums.length, why, places }];
  const notes = loaded.map(
    ({ place: { line } }) => `line ${line} ${why}, and would be loaded as a row: take it out of the file`,
  );
  return { outliers: [...table.odd, ...ofSums, ...ofFields], notes: [...table.notes, ...notes] };
}

function isRejected({ values }: SumLine, { columns }: Table, fields: readonly InferredField[]): boolean {
  return columns.some((column, i) => {
    const field = fields[i];
    return field !== undefined && refuses(field, values.get(column) ?? '');
  });
}
