import { CsvReader, type CsvRecord } from '@sluice/core';
import { ErrorWithHint } from '@sluice/process';
import type { Dialect } from './dialect.ts';
import { type Sample, textOf } from './sample.ts';

/** The records of a sample after the lines that are skipped, in groups. The header is the first one, if there is one. */
export async function* recordsOf(
  sample: Sample,
  { delimiter, quoteChar, skipRows }: Dialect,
): AsyncGenerator<CsvRecord[]> {
  const csv = new CsvReader({ delimiter, quoteChar }, undefined, skipRows);
  for await (const text of textOf(sample)) {
    yield* csv.push(text);
    if (csv.tooLong) {
      throw new ErrorWithHint(
        `${sample.path}: line ${csv.lines + 1} is longer than 1 MiB`,
        'use a sample of shorter lines',
      );
    }
  }
  yield* csv.end();
}
