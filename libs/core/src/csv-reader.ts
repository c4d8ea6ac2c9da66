import Papa from 'papaparse';

/** A record longer than this many characters ends the file: memory stays bounded (I8). */
export const MAX_RECORD_CHARS = 1024 * 1024;

/** Records that are read before others get their turn. */
const AT_ONCE = 100;

const FIELDS_AT_MOST = 50_000;

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

/** Papaparse's own parser, without the guesses and repairs around it. Its typings leave it out. */
type FieldParser = new (config: {
  delimiter: string;
  newline: string;
}) => {
  parse(
    text: string,
    base: number,
    ignoreLastRow: boolean,
  ): { readonly data: readonly (readonly string[])[] };
};

const FieldParser = Papa.Parser as unknown as FieldParser;

/** Where a record ends, or where its quotes break it; `open` when that lies beyond the text. */
type Border = { readonly at: number; readonly broken: boolean } | 'open';

/** Where a record stands in the text, and in the file. */
interface Span {
  readonly line: number;
  readonly lastLine: number;
  readonly raw: string;
  readonly broken: boolean;
}

/**
 * Reads CSV (RFC 4180) from text that comes in blocks of any size; the same text gives the same records however it
 * is cut (I6). Lines end in LF or CRLF. An empty line is not a record. A record with broken quotes costs its first
 * line alone: reading goes on with the next line, so the rows behind it are not shifted (I9).
 *
 * The borders of the records are found here and their fields by papaparse: that would search the whole text again
 * behind each broken quote, and it repairs some without a word (I7). A search that fails stops at the second line
 * with an odd number of quotes at the latest, so the work is linear.
 */
export class CsvReader {
  /** Lines that are behind the reader. */
  lines = 0;
  /** Set when a record exceeds {@link MAX_RECORD_CHARS}: nothing more can be read. */
  tooLong = false;
  readonly #delimiter: string;
  readonly #lenient: boolean;
  #rest = '';

  /** @param o.lenient lets spaces stand behind a closing quote, as reader 1 did */
  constructor(delimiter = ',', o: { readonly lenient?: boolean } = {}) {
    this.#delimiter = delimiter;
    this.#lenient = o.lenient ?? false;
  }

  /** Takes the next block and gives the records that it completes, some at a time. Take them all. */
  push(text: string): Generator<CsvRecord[]> {
    return this.#read(this.#rest + text, false);
  }

  /** Says that no more text comes, and gives the records that were waiting for it. */
  end(): Generator<CsvRecord[]> {
    return this.#read(this.#rest, true);
  }

  /** Lines that were taken, those of an unfinished record included. */
  get linesTaken(): number {
    return this.lines + newlines(this.#rest);
  }

  *#read(text: string, final: boolean): Generator<CsvRecord[]> {
    let spans: Span[] = [];
    let start = 0;
    let quote = text.indexOf('"');
    while (start < text.length) {
      if (quote !== -1 && quote < start) quote = text.indexOf('"', start);
      const border = this.#border(text, start, quote, final);
      if (border === 'open') break;
      const { at, broken } = border;
      const end = broken ? lineEnd(text, start) : at;
      this.tooLong = Math.max(at, end) - start > MAX_RECORD_CHARS;
      if (this.tooLong) break;
      spans.push(...this.#span(text.slice(start, end), broken));
      start = end;
      if (spans.length < AT_ONCE) continue;
      yield this.#records(spans);
      spans = [];
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > MAX_RECORD_CHARS) this.tooLong = true;
    yield this.#records(spans);
  }

  #span(raw: string, broken: boolean): Span[] {
    const line = this.lines + 1;
    this.lines += newlines(raw) + (raw.endsWith('\n') ? 0 : 1);
    return raw === '\n' || raw === '\r\n' ? [] : [{ line, lastLine: this.lines, raw, broken }];
  }

  /** Where the record that begins at `start` ends. `quote`: the next one in the text. `final`: no more text comes. */
  #border(text: string, start: number, quote: number, final: boolean): Border {
    const newline = text.indexOf('\n', start);
    if (newline === -1 && !final) return 'open';
    const end = newline === -1 ? text.length : newline + 1;
    if (quote === -1 || quote >= end) return { at: end, broken: false };
    return this.#quotedBorder(text, start, final);
  }

  /** The same for a record that has quotes: field by field. */
  #quotedBorder(text: string, start: number, final: boolean): Border {
    const brokenAt = (at: number) => ({ at, broken: true });
    const endsAt = (at: number) => ({ at, broken: false });
    for (let at = start; ; at += 1) {
      if (text[at] === '"') {
        const closing = closingQuote(text, at);
        if (closing === -1) return final ? brokenAt(text.length) : 'open';
        at = closing + 1;
        if (this.#lenient) while (text[at] === ' ') at += 1;
        if (text[at] === this.#delimiter) continue;
        if (text.startsWith('\r\n', at)) return endsAt(at + 2);
        if (text[at] === '\n') return endsAt(at + 1);
        // What stands behind the last quote may be its double, or the first half of a line end.
        const undecided = at === text.length || (text[at] === '\r' && at + 1 === text.length);
        if (undecided && !final) return 'open';
        return at === text.length ? endsAt(at) : brokenAt(at);
      }
      while (at < text.length && text[at] !== this.#delimiter && text[at] !== '\n') {
        if (text[at] === '"') return brokenAt(at);
        at += 1;
      }
      if (at === text.length) return final ? endsAt(at) : 'open';
      if (text[at] === '\n') return endsAt(at + 1);
    }
  }

  #records(spans: readonly Span[]): CsvRecord[] {
    const good = spans.filter((span) => !span.broken && !this.#hasTooManyFields(span));
    const text = good.map(({ raw }) => raw.replace(/\r?\n$/, '')).join('\n');
    const parser = new FieldParser({ delimiter: this.#delimiter, newline: '\n' });
    const data = good.length === 0 ? [] : parser.parse(`${text}\n`, 0, true).data;
    if (data.length !== good.length) {
      throw new Error(
        `papaparse made ${data.length} records of ${good.length}, from line ${good[0]?.line} on`,
      );
    }
    const fields = new Map(good.map((span, i) => [span, data[i] ?? []]));
    return spans.map((span) => ({ ...span, fields: fields.get(span) ?? [] }));
  }

  /** No header has so many: the record is refused by their number, and they need not be cut out. */
  #hasTooManyFields({ raw }: Span): boolean {
    if (raw.length <= FIELDS_AT_MOST || raw.includes('"')) return false;
    let count = 1;
    for (let at = raw.indexOf(this.#delimiter); at !== -1; at = raw.indexOf(this.#delimiter, at + 1))
      count += 1;
    return count > FIELDS_AT_MOST;
  }
}

/** Where the quoted field that begins at `open` is closed; -1 when it is not. */
function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
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
