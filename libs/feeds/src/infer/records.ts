import { CsvReader, type CsvRecord } from '@sluice/core';
import { ErrorWithHint } from '@sluice/process';
import type { Dialect } from './dialect.ts';
import { type Sample, textOf } from './sample.ts';

/** The records of a sample after the lines that are skipped, in groups. The header is the first one, if there is one. */
export async function* recordsOf(
  sample: Sample,
  { delimiter, skipRows }: Dialect,
): AsyncGenerator<CsvRecord[]> {
  const csv = new CsvReader(delimiter);
  let skip = skipRows;
  for await (const block of textOf(sample)) {
    let text = block;
    for (; skip > 0 && text.includes('\n'); skip -= 1) text = text.slice(text.indexOf('\n') + 1);
    if (skip > 0) continue;
    yield* later(csv.push(text), skipRows);
    if (csv.tooLong) {
      throw new ErrorWithHint(
        `${sample.path}: the line ${csv.lines + skipRows + 1} is longer than 1 MiB`,
        'use a sample of shorter lines',
      );
    }
  }
  yield* later(csv.end(), skipRows);
}

function* later(groups: Iterable<CsvRecord[]>, lines: number): Generator<CsvRecord[]> {
  for (const group of groups) {
    yield lines === 0
      ? group
      : group.map((record) => ({ ...record, line: record.line + lines, lastLine: record.lastLine + lines }));
  }
}
