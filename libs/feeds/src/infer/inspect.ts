import { ErrorWithHint } from '@sluice/process';
import { type Dialect, dialectOf } from './dialect.ts';
import {
  habitsOf,
  type Inferred,
  infer,
  type Outlier,
  type Question,
  refuses,
  type Wishes,
} from './field.ts';
import { isHeader } from './header.ts';
import { findKeys, type KeyColumn } from './key.ts';
import { columnNames } from './names.ts';
import { recordsOf } from './records.ts';
import { openSample, type ReadOptions, type Sample } from './sample.ts';
import { type SumLine, Table } from './table.ts';

/** A column of the samples. */
export interface InferredField extends Inferred {
  readonly name: string;
  /** Its names in the headers; empty without a header. */
  readonly from: readonly string[];
  /** It is absent from one of the samples. */
  readonly optional: boolean;
}

/** What was seen in samples. */
export interface Inspection {
  /** The names of the samples, without their folders. */
  readonly files: readonly string[];
  readonly records: number;
  /** What the feed has to say; undefined where a byte order mark says it, or where it is UTF-8. */
  readonly encoding: string | undefined;
  readonly dialect: Dialect;
  /** Undefined: nobody can say whether the first record is a header. */
  readonly header: boolean | undefined;
  readonly fields: readonly InferredField[];
  /** The columns that identify a record, by name; null when a person has to say. */
  readonly key: readonly string[] | null;
  readonly candidates: readonly { readonly columns: readonly string[]; readonly oneOf: number }[];
  readonly questions: readonly Question[];
  /** Records that the feed will reject. */
  readonly outliers: readonly Outlier[];
  /** What else a person should know. */
  readonly notes: readonly string[];
}

/** How samples are read and understood, where a person says so. */
export interface InspectOptions extends ReadOptions, Wishes {}

/** Names that belong to Sluice. */
const isTaken = (name: string): boolean => name.startsWith('sluice_');

interface Written {
  readonly sample: Sample;
  readonly dialect: Dialect;
}

/**
 * Reads samples of a feed, all of their records in bounded memory, and infers how they are written and what their columns hold.
 *
 * @throws {ErrorWithHint} when a sample cannot be read, or has nothing in common with the first one
 */
export async function inspect(paths: readonly string[], options: InspectOptions = {}): Promise<Inspection> {
  const written: Written[] = [];
  for (const path of paths) written.push(await opened(path, options));
  const [first] = written;
  if (first === undefined) throw new ErrorWithHint('there is no sample', 'name a file');
  const header = isHeader(first.dialect.first, first.dialect.below);
  for (const one of written) refuseOther(first, one, header !== false);
  const encoding = encodingOf(written.map(({ sample }) => sample));
  const table = new Table();
  for (const one of written) await read(table, one, header !== false);
  if (table.records === 0)
    throw new ErrorWithHint('the samples have no records', 'name a sample that has some');
  const fields = fieldsOf(table, written.length, options);
  const rows = () => valuesOf(table, written, header !== false);
  const { candidates, sure } = await findKeys(table, ableToIdentify(table, fields), rows);
  const named = candidates.map(({ columns, oneOf }) => ({
    columns: columns.map((at) => fields[at]?.name ?? ''),
    oneOf,
  }));
  const key = sure ? (named[0]?.columns ?? null) : null;
  return {
    files: written.map(({ sample }) => sample.file),
    records: table.records,
    encoding,
    dialect: first.dialect,
    header,
    fields,
    key,
    candidates: named,
    questions: questionsOf(fields, header, key),
    ...outliersOf(table, fields),
  };
}

async function opened(path: string, options: ReadOptions): Promise<Written> {
  const sample = await openSample(path, options);
  try {
    return { sample, dialect: dialectOf(sample.head, sample.whole) };
  } catch (error) {
    if (!(error instanceof ErrorWithHint)) throw error;
    throw new ErrorWithHint(`${path}: ${error.message}`, error.hint);
  }
}

/** Samples of one feed are written alike. Their headers may differ. */
function refuseOther(first: Written, { sample, dialect }: Written, hasHeader: boolean): void {
  const [a, b] = [first.dialect, dialect];
  const what =
    a.delimiter !== b.delimiter
      ? `the delimiter ${JSON.stringify(b.delimiter)}, and not ${JSON.stringify(a.delimiter)}`
      : a.skipRows !== b.skipRows
        ? `${b.skipRows} lines before its records, and not ${a.skipRows}`
        : !hasHeader && a.width !== b.width
          ? `${b.width} columns, and not ${a.width}`
          : undefined;
  if (what === undefined) return;
  throw new ErrorWithHint(`${sample.path}: it has ${what} as ${first.sample.file}`, 'make two feeds of them');
}

/** The encoding that the feed names: that of all samples without a byte order mark. */
function encodingOf(samples: readonly Sample[]): string | undefined {
  const found = samples.filter(({ mark, ascii }) => !mark && !ascii);
  const other = found.find(({ encoding }) => encoding !== found[0]?.encoding);
  if (other !== undefined) {
    throw new ErrorWithHint(
      `${other.path}: it is ${other.encoding}, and ${found[0]?.file} is ${found[0]?.encoding}`,
      'make two feeds of them, or write them in one encoding',
    );
  }
  return found[0]?.encoding === 'utf-8' ? undefined : found[0]?.encoding;
}

async function read(table: Table, { sample, dialect }: Written, hasHeader: boolean): Promise<void> {
  table.begin(hasHeader ? dialect.first : null, dialect.width);
  let header = hasHeader;
  for await (const group of recordsOf(sample, dialect)) {
    for (const record of group) {
      if (!header) table.add(record);
      header = false;
    }
  }
  table.end();
}

/** The values of all records, by column. */
async function* valuesOf(
  table: Table,
  written: readonly Written[],
  hasHeader: boolean,
): AsyncGenerator<string[][]> {
  for (const [i, { sample, dialect }] of written.entries()) {
    const at = table.placesIn(i);
    const sums = new Set(table.sums.flatMap(({ place }) => (place.sample === i ? [place.line] : [])));
    let header = hasHeader;
    for await (const group of recordsOf(sample, dialect)) {
      const records = header ? group.slice(1) : group;
      if (group.length > 0) header = false;
      yield records
        .filter(({ fields, line }) => fields.length === dialect.width && !sums.has(line))
        .map(({ fields }) => at.map((place) => fields[place] ?? ''));
    }
  }
}

function fieldsOf({ columns }: Table, samples: number, options: InspectOptions): InferredField[] {
  const names = columnNames(
    columns.map(({ header }) => header ?? ''),
    isTaken,
  );
  const habits = habitsOf(columns);
  return columns.map((column, i) => {
    const name = names[i] ?? '';
    const inferred = infer(column, name, habits, options);
    const optional = column.samples < samples;
    const from = column.header === null ? [] : [column.header, ...column.others];
    return { ...inferred, name, from, optional, required: inferred.required && !optional };
  });
}

/** The columns that no record leaves empty, and whose values are equal when their texts are. */
function ableToIdentify({ columns }: Table, fields: readonly InferredField[]): KeyColumn[] {
  return fields.flatMap(({ name, required, words: { type, format } }, at) => {
    const isExact = type !== 'number' && type !== 'boolean' && columns[at]?.missing.size === 0;
    return required && isExact ? [{ at, name, type: format === 'uuid' ? format : type }] : [];
  });
}

function questionsOf(
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

function outliersOf(table: Table, fields: readonly InferredField[]): Pick<Inspection, 'outliers' | 'notes'> {
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
