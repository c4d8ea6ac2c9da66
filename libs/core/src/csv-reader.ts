import Papa from 'papaparse';
import { hasLoneCr } from './reading-hints.ts';
import { type Border, BorderSearch } from './record-border.ts';
import { READER_VERSION, type Reading, readingOf } from './rules.ts';

/** The most characters that a line or a record may have, so that memory stays bounded (I8). */
export const MAX_RECORD_CHARS = 1024 * 1024;

/** How many records are read before other work gets its turn. */
const AT_ONCE = 100;

/** The most fields that a record may have. */
export const FIELDS_AT_MOST = 50_000;

/** How the records of a file are written. Each of these is one character. */
export interface Dialect {
  readonly delimiter: string;
  /** Null where a quote is a character as any other. */
  readonly quoteChar: string | null;
  /** A line that begins with it is not a record. Null where there are none. */
  readonly comment: string | null;
}

const RFC_4180: Dialect = { delimiter: ',', quoteChar: '"', comment: null };

/** One record of a CSV file, or a physical line that could not be read as one. */
export interface CsvRecord {
  /** Line on which the record begins, counted from 1. */
  readonly line: number;
  /** Line on which it ends: later than `line` when a quoted field holds a newline. */
  readonly lastLine: number;
  readonly fields: readonly string[];
  /** The record as it stands in the file, its newline included. */
  readonly raw: string;
  /** True when its quotes are broken; `fields` is then empty. */
  readonly broken: boolean;
}

/** Takes lines whose fields need not be split. */
export interface LineTaker {
  /** Whether it takes the line that begins there. */
  isNext(text: string, at: number): boolean;
  /** Takes at least that line. `line`: its number. Gives the end of the last line that it has taken, and how many there were. */
  take(text: string, at: number, line: number): { readonly end: number; readonly lines: number };
}

/** Papaparse's inner parser, without the guessing and repairing around it. Papaparse's type declarations leave it out. */
type FieldParser = new (config: {
  delimiter: string;
  newline: string;
  quoteChar: string | null;
}) => {
  parse(
    text: string,
    base: number,
    ignoreLastRow: boolean,
  ): { readonly data: readonly (readonly string[])[] };
};

const FieldParser = Papa.Parser as unknown as FieldParser;

/** A record whose end has been found, and whose fields may still have to be split. */
type Span = CsvRecord & { fields: readonly string[] };

/**
 * Reads CSV (RFC 4180) from text that comes in blocks of any size. The same text gives the same records, however it is cut into
 * blocks (I6). Lines end in LF or CRLF. An empty line is not a record, and neither are the first lines that are skipped and a
 * line that begins with the comment character. A record with broken quotes loses only its first line: reading goes on with the
 * next line, so later rows are not shifted (I9). Quotes are also broken if they are still open at the
 * end of the text, or {@link MAX_RECORD_CHARS} after the beginning of their record.
 *
 * This class finds the borders of records, and papaparse splits the fields of those with quotes. Papaparse alone would search the
 * whole text again after each broken quote, and would repair some silently (I7). A search that fails stops at the latest at the
 * second line with an odd number of quotes, so the work is linear.
 */
export class CsvReader {
  /** How many lines have been read, without those of an unfinished record. */
  lines = 0;
  /** Set when a line exceeds {@link MAX_RECORD_CHARS}: nothing more can be read. */
  tooLong = false;
  /** Set when a line that is too long, or no record, holds a CR that is not part of its line end. */
  loneCr = false;
  /** Is asked for each line at which a record begins. It may be set when the first record has been given. */
  taker: LineTaker | undefined;
  readonly #dialect: Dialect;
  readonly #skipRows: number;
  readonly #reading: Reading;
  readonly #search: BorderSearch;
  #rest = '';
  /** The records of the next group, and those of them whose fields papaparse has to split. */
  #spans: Span[] = [];
  #quoted: Span[] = [];
  #isFirst = true;

  /** @param skipRows how many lines before the first record are passed over, whatever they hold */
  constructor(dialect: Partial<Dialect> = {}, reading = readingOf(READER_VERSION), skipRows = 0) {
    this.#dialect = { ...RFC_4180, ...dialect };
    this.#reading = reading;
    this.#skipRows = skipRows;
    this.#search = new BorderSearch(this.#dialect, reading.spacesBehindQuotes);
  }

  /** Takes the next block and gives the records that it completes, in groups. The caller must take all of them. */
  push(text: string): Generator<CsvRecord[]> {
    return this.#read(this.#rest + text, false);
  }

  /** Ends the text and gives the remaining records. A CR at the very end counts as a CRLF that was cut off. */
  end(): Generator<CsvRecord[]> {
    const cut = this.#rest.endsWith('\r') && !this.#reading.openEnd;
    return this.#read(cut ? `${this.#rest}\n` : this.#rest, true);
  }

  /** How many characters were looked at to find the ends of records with quotes. */
  get looked(): number {
    return this.#search.looked;
  }

  /** How many lines have been taken, including those of an unfinished record. */
  get linesTaken(): number {
    return this.lines + newlines(this.#rest);
  }

  *#read(text: string, final: boolean): Generator<CsvRecord[]> {
    const { quoteChar, comment } = this.#dialect;
    let start = 0;
    let quote = quoteChar === null ? -1 : text.indexOf(quoteChar);
    while (start < text.length) {
      if (this.lines >= this.#skipRows && this.taker?.isNext(text, start)) {
        if (this.#spans.length > 0) yield this.#group();
        const taken = this.taker.take(text, start, this.lines + 1);
        this.lines += taken.lines;
        start = taken.end;
        yield [];
        continue;
      }
      if (quoteChar !== null && quote !== -1 && quote < start) quote = text.indexOf(quoteChar, start);
      const none = this.lines < this.#skipRows || (comment !== null && text.startsWith(comment, start));
      const border = this.#border(text, start, none ? -1 : quote, final);
      if (border === 'too long') this.#stop(text, start);
      if (typeof border === 'string') break;
      const end = border.broken ? lineEnd(text, start) : border.at;
      const raw = text.slice(start, end);
      if (none) this.#pass(raw);
      else this.#add(raw, border.broken, quote !== -1 && quote < end);
      start = end;
      // The first record may be the header, which decides what is done with the lines after it.
      const isFirst = this.#isFirst && this.#spans.length > 0;
      if (this.#spans.length >= AT_ONCE || isFirst) yield this.#group();
    }
    this.#rest = text.slice(start);
    yield this.#group();
  }

  #pass(line: string): void {
    this.lines += 1;
    this.loneCr ||= hasLoneCr(line);
  }

  /** Looks at as much of the line that is too long as has come whatever the blocks (I6). */
  #stop(text: string, start: number): void {
    this.tooLong = true;
    this.loneCr = hasLoneCr(text.slice(start, start + MAX_RECORD_CHARS));
  }

  /** Adds the record with this text, unless it is an empty line. */
  #add(raw: string, broken: boolean, hasQuote: boolean): void {
    const line = this.lines + 1;
    this.lines += hasQuote ? newlines(raw) + (raw.endsWith('\n') ? 0 : 1) : 1;
    if (raw === '\n' || raw === '\r\n') return;
    const fields = hasQuote ? [] : this.#split(raw);
    const span = { line, lastLine: this.lines, fields, raw, broken };
    this.#spans.push(span);
    if (hasQuote && !broken) this.#quoted.push(span);
  }

  /** The fields of a record without quotes. No header has more than {@link FIELDS_AT_MOST}: then it is rejected for their number. */
  #split(raw: string): readonly string[] {
    const fields = withoutLineEnd(raw).split(this.#dialect.delimiter, FIELDS_AT_MOST + 1);
    return fields.length > FIELDS_AT_MOST ? [] : fields;
  }

  /** Where the record that begins at `start` ends. `quote`: the next quote in the text, or -1. `final`: no more text comes. */
  #border(text: string, start: number, quote: number, final: boolean): Border | 'too long' {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline + 1;
    if (end - start > MAX_RECORD_CHARS) return 'too long';
    if (newline === -1 && !final) return 'open';
    if (quote === -1 || quote >= end) return { at: end, broken: false };
    const border = this.#search.find(text, start, final);
    const at = border === 'open' ? text.length : border.at;
    if (at - start <= MAX_RECORD_CHARS) return border;
    if (this.#reading.openEnd) return 'too long';
    // The result must not depend on how much of the text has already arrived (I6).
    this.#search.giveUp();
    return { at: end, broken: true };
  }

  /** Gives the records since the last group. */
  #group(): CsvRecord[] {
    const [spans, quoted, { delimiter, quoteChar }] = [this.#spans, this.#quoted, this.#dialect];
    [this.#spans, this.#quoted] = [[], []];
    this.#isFirst &&= spans.length === 0;
    if (quoted.length === 0) return spans;
    const text = quoted.map(({ raw }) => `${withoutLineEnd(raw)}\n`).join('');
    const { data } = new FieldParser({ delimiter, newline: '\n', quoteChar }).parse(text, 0, true);
    if (data.length !== quoted.length) {
      throw new Error(
        `papaparse made ${data.length} records of ${quoted.length}, from line ${quoted[0]?.line} on`,
      );
    }
    for (const [i, span] of quoted.entries()) span.fields = data[i] ?? [];
    return spans;
  }
}

function withoutLineEnd(raw: string): string {
  if (!raw.endsWith('\n')) return raw;
  return raw.slice(0, raw.endsWith('\r\n') ? -2 : -1);
}

function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 ? text.length : newline + 1;
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
