import type { CsvRecord } from './csv-reader.ts';

/**
 * Records of a file that look like several: between two quotes that stand there by mistake, RFC 4180 makes whole lines a value.
 * `line` to `lastLine`: the first of them.
 */
export interface StrayQuotes {
  readonly count: number;
  readonly line: number;
  readonly lastLine: number;
}

/**
 * Says whether a record over many lines looks like several: where more than half of its lines hold, counted without regard to
 * quotes, as many fields as the header names. A text of many lines does not, unless somebody pasted such lines into it.
 */
export function hasStrayQuotes(record: CsvRecord, width: number, delimiter: string): boolean {
  const lines = record.lastLine - record.line + 1;
  if (lines === 1) return false;
  const { raw } = record;
  let [alike, left] = [0, lines];
  for (let start = 0; 2 * (alike + left) > lines && 2 * alike <= lines; left -= 1) {
    const newline = raw.indexOf('\n', start);
    const end = newline === -1 ? raw.length : newline;
    if (hasFields(raw, start, end, width, delimiter)) alike += 1;
    start = end + 1;
  }
  return 2 * alike > lines;
}

function hasFields(text: string, start: number, end: number, width: number, delimiter: string): boolean {
  let fields = 1;
  for (let at = start; at < end && fields <= width; at += 1) if (text[at] === delimiter) fields += 1;
  return fields === width;
}

/** The same of two spans of a file, the earlier one first. */
export function bothStrayQuotes(a: StrayQuotes | null, b: StrayQuotes | null): StrayQuotes | null {
  return a && b ? { ...a, count: a.count + b.count } : (a ?? b);
}

/** In words, for people. */
export function strayQuotesInWords({ count, line, lastLine }: StrayQuotes): string {
  const others = count === 1 ? '' : `, as of ${count - 1} more ${count === 2 ? 'record' : 'records'}`;
  return `line ${line} opens a quote that is closed on line ${lastLine}, and its lines look like records of their own${others}: close it on line ${line}`;
}
