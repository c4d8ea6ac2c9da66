import type { CsvRecord, Dialect } from './csv-reader.ts';

/**
 * Records that each look like several: when a file has two quotes by mistake, RFC 4180 makes the lines between them one value.
 * `line` and `lastLine` are the lines of the two quotes in the first such record.
 */
export interface StrayQuotes {
  readonly count: number;
  readonly line: number;
  readonly lastLine: number;
}

/**
 * Finds two stray quotes in a record; null when it has none. A record over many lines looks like several records if more than
 * half of its lines, or of the lines between the first and the last, have as many fields as the header, counted without regard
 * to quotes. An ordinary text of many lines does not, unless somebody pasted such lines into it.
 */
export function strayQuotesOf(
  record: CsvRecord,
  width: number,
  { delimiter, quoteChar }: Pick<Dialect, 'delimiter' | 'quoteChar'>,
): StrayQuotes | null {
  const lines = record.lastLine - record.line + 1;
  // Only quotes join lines to one record.
  if (lines === 1 || quoteChar === null) return null;
  const { raw } = record;
  let [outer, inner] = [0, 0];
  for (let n = 0, start = 0; n < lines; n += 1) {
    const newline = raw.indexOf('\n', start);
    const end = newline === -1 ? raw.length : newline;
    const alike = hasFields(raw, start, end, width, delimiter) ? 1 : 0;
    if (n === 0 || n === lines - 1) outer += alike;
    else inner += alike;
    start = end + 1;
  }
  if (2 * (outer + inner) <= lines && 2 * inner <= lines - 2) return null;
  return { count: 1, ...longestQuoted(record, quoteChar) };
}

/** The first and the last line of the quoted value that covers the most lines. */
function longestQuoted(
  { raw, line }: CsvRecord,
  quote: string,
): { readonly line: number; readonly lastLine: number } {
  let longest = { line, lastLine: line };
  let [at, open] = [line, line];
  let quoted = false;
  for (let i = 0; i < raw.length; i += 1) {
    if (raw[i] === '\n') at += 1;
    if (raw[i] !== quote) continue;
    // A doubled quote is one character of the value.
    if (quoted && raw[i + 1] === quote) i += 1;
    else if (quoted) {
      if (at - open > longest.lastLine - longest.line) longest = { line: open, lastLine: at };
      quoted = false;
    } else [open, quoted] = [at, true];
  }
  return longest;
}

function hasFields(text: string, start: number, end: number, width: number, delimiter: string): boolean {
  let fields = 1;
  for (let at = start; at < end && fields <= width; at += 1) if (text[at] === delimiter) fields += 1;
  return fields === width;
}

/** Combines the stray quotes of two spans of a file, the earlier span first. */
export function bothStrayQuotes(a: StrayQuotes | null, b: StrayQuotes | null): StrayQuotes | null {
  return a && b ? { ...a, count: a.count + b.count } : (a ?? b);
}

/** Describes stray quotes in words, for people. */
export function strayQuotesInWords({ count, line, lastLine }: StrayQuotes): string {
  const others = count === 1 ? '' : `, as of ${count - 1} more ${count === 2 ? 'record' : 'records'}`;
  return `line ${line} opens a quote that is closed on line ${lastLine}, and its lines look like records of their own${others}: close it on line ${line}`;
}
