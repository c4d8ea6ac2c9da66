import { ErrorWithHint } from '@sluice/process';
import { type Dialect, dialectOf } from './dialect.ts';
import { recordsOf } from './records.ts';
import { openSample, type ReadOptions, type Sample } from './sample.ts';
import type { Table } from './table.ts';

/** A sample, and how it is written. */
export interface Written {
  readonly sample: Sample;
  readonly dialect: Dialect;
}

/** Opens a sample, and finds out how it is written. */
export async function opened(path: string, options: ReadOptions): Promise<Written> {
  const sample = await openSample(path, options);
  try {
    return { sample, dialect: dialectOf(sample.head, sample.whole) };
  } catch (error) {
    if (!(error instanceof ErrorWithHint)) throw error;
    throw new ErrorWithHint(`${path}: ${error.message}`, error.hint);
  }
}

/** Samples of one feed are written alike. Their headers may differ. */
export function refuseOther(first: Written, { sample, dialect }: Written, hasHeader: boolean): void {
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
export function encodingOf(samples: readonly Sample[]): string | undefined {
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

/** Adds all records of a sample to the table. */
export async function read(table: Table, { sample, dialect }: Written, hasHeader: boolean): Promise<void> {
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
export async function* valuesOf(
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
