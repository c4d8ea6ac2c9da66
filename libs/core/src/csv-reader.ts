import Papa from 'papaparse';

/** A record longer than this many characters ends the file: memory stays bounded (I8). */
export const MAX_RECORD_CHARS = 1024 * 1024;

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

interface Step {
  readonly data: readonly (readonly string[])[];
  readonly errors: readonly unknown[];
  readonly meta: { readonly cursor: number };
}

/** Papaparse's own incremental parser. Its typings leave out that the last, unfinished record can be left alone. */
type RecordParser = new (config: {
  delimiter: string;
  newline: string;
  step: (result: Step) => void;
}) => { parse(text: string, base: number, ignoreLastRow: boolean): Step; abort(): void };

const RecordParser = Papa.Parser as unknown as RecordParser;

/**
 * Reads CSV (RFC 4180) from text that comes in blocks of any size; the same text gives the same records however it
 * is cut (I6). Lines end in LF or CRLF. An empty line is not a record. A record with broken quotes costs its first
 * line alone: reading goes on with the next line, so the rows behind it are not shifted (I9).
 */
export class CsvReader {
  /** Lines that are behind the reader. */
  lines = 0;
  /** Set when a record exceeds {@link MAX_RECORD_CHARS}: nothing more can be read. */
  tooLong = false;
  readonly #delimiter: string;
  #rest = '';

  constructor(delimiter = ',') {
    this.#delimiter = delimiter;
  }

  /** Takes the next block and returns the records that it completes. */
  push(text: string): CsvRecord[] {
    return this.#read(this.#rest + text, false);
  }

  /** Says that no more text comes, and returns the records that were waiting for it. */
  end(): CsvRecord[] {
    return this.#read(this.#rest, true);
  }

  #read(text: string, final: boolean): CsvRecord[] {
    const records: CsvRecord[] = [];
    let start = 0;
    while (start < text.length && !this.tooLong) {
      const { consumed, broken } = this.#parse(text.slice(start), final, records);
      start += consumed;
      if (broken) start += this.#breakLine(text, start, records);
      else if (!final) break;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > MAX_RECORD_CHARS) this.tooLong = true;
    return records;
  }

  /** Parses until the end of the text, or to a record whose quotes are broken. */
  #parse(text: string, final: boolean, records: CsvRecord[]): { consumed: number; broken: boolean } {
    let consumed = 0;
    let broken = false;
    const parser = new RecordParser({
      delimiter: this.#delimiter,
      newline: '\n',
      step: ({ data, errors, meta }) => {
        const fields = data[0];
        if (errors.length > 0 || fields === undefined || meta.cursor - consumed > MAX_RECORD_CHARS) {
          broken = errors.length > 0;
          this.tooLong = !broken;
          parser.abort();
          return;
        }
        this.#emit(fields, text.slice(consumed, meta.cursor), records);
        consumed = meta.cursor;
      },
    });
    parser.parse(text, 0, !final);
    return { consumed, broken };
  }

  #emit(fields: readonly string[], raw: string, records: CsvRecord[]): void {
    const line = this.lines + 1;
    this.lines += newlines(raw);
    if (raw === '\n' || raw === '\r\n' || raw === '') return;
    records.push({ line, lastLine: this.lines, fields: withoutReturn(fields, raw), raw, broken: false });
  }

  #breakLine(text: string, start: number, records: CsvRecord[]): number {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline + 1;
    this.lines += 1;
    records.push({
      line: this.lines,
      lastLine: this.lines,
      fields: [],
      raw: text.slice(start, end),
      broken: true,
    });
    return end - start;
  }
}

/** A last line without a newline is a line too. */
function newlines(raw: string): number {
  let count = raw.endsWith('\n') ? 0 : 1;
  for (let at = raw.indexOf('\n'); at !== -1; at = raw.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** Takes the CR of a CRLF off the last field, unless it stands inside quotes and so is part of the value. */
function withoutReturn(fields: readonly string[], raw: string): readonly string[] {
  const last = fields.at(-1) ?? '';
  if (!last.endsWith('\r') || !(raw.endsWith('\r\n') || raw.endsWith('\r'))) return fields;
  if (raw.endsWith(`"${last.replaceAll('"', '""')}"\r\n`)) return fields;
  return [...fields.slice(0, -1), last.slice(0, -1)];
}
