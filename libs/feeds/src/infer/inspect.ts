import { ErrorWithHint } from '@sluice/process';
import type { Wishes } from './booleans.ts';
import type { Dialect } from './dialect.ts';
import { ableToIdentify, fieldsOf, type InferredField, outliersOf, questionsOf } from './findings.ts';
import { isHeader } from './header.ts';
import type { Outlier, Question } from './inferred.ts';
import { findKeys } from './key.ts';
import type { ReadOptions } from './sample.ts';
import { Table } from './table.ts';
import { encodingOf, opened, read, refuseOther, valuesOf, type Written } from './written.ts';

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
