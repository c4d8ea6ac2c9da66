import { type Chunk, Chunker } from './chunk.ts';
import { CsvReader, type CsvRecord } from './csv-reader.ts';
import { type Columns, readHeader } from './header.ts';
import type { Quarantine } from './quarantine.ts';
import { validate } from './validate.ts';

/** Raised whenever the same bytes would give other chunks; a version keeps the number that it began with (I6). */
export const READER_VERSION = 1;

/**
 * Reads the text of one file version into chunks: CSV, header, validation, cut. It holds no more than one chunk and
 * one unfinished record. Once `fault` is set, the rest of the file cannot be read and {@link end} gives the end mark.
 */
export class EventFile {
  fault: Quarantine | null = null;
  readonly #csv: CsvReader;
  readonly #chunker: Chunker;
  #columns: Columns | null = null;

  constructor(options: { readonly chunkRows: number; readonly delimiter?: string }) {
    this.#csv = new CsvReader(options.delimiter);
    this.#chunker = new Chunker(options.chunkRows);
  }

  /** Takes the next block of text, and returns the chunks that it completes. */
  push(text: string): Chunk[] {
    return this.#take(this.#csv.push(text));
  }

  /** Takes what is left. Call it once after the last block, unless there is a fault. */
  finish(): Chunk[] {
    return this.#take(this.#csv.end());
  }

  /** Stops reading for a reason that the text itself does not show, such as bytes that are not UTF-8. */
  fail(fault: Quarantine): void {
    this.fault ??= fault;
  }

  /** The last chunk. It carries the total, so that completeness is decided by the ledger alone. */
  end(contentHash: string): Chunk {
    return this.#chunker.end(this.#csv.lines, this.fault === null ? contentHash : null, this.fault);
  }

  #take(records: readonly CsvRecord[]): Chunk[] {
    const chunks: Chunk[] = [];
    for (const record of records) {
      if (this.fault !== null) break;
      if (this.#columns === null) this.#readHeader(record);
      else {
        const outcome = validate(record, this.#columns);
        const complete = this.#chunker.add(outcome, record.line, record.lastLine, record.raw.length);
        if (complete) chunks.push(complete);
      }
    }
    if (this.#csv.tooLong) {
      this.fail({
        reason: 'record_too_long',
        detail: `the record that begins on line ${this.#csv.lines + 1}`,
      });
    }
    return chunks;
  }

  #readHeader(record: CsvRecord): void {
    const header = readHeader(record.fields);
    if ('reason' in header) this.fail(header);
    else this.#columns = header;
  }
}
