import { type Chunk, Chunker } from './chunk.ts';
import { CsvReader, type CsvRecord } from './csv-reader.ts';
import { readHeader } from './header.ts';
import type { Quarantine } from './quarantine.ts';
import type { FileRules } from './rules.ts';
import { type Decoded, type TextFault, TextLines } from './text-lines.ts';
import { validate } from './validate.ts';

/**
 * Reads the bytes of one file version into chunks: text, CSV, header, validation, cut. It holds no more than one chunk and
 * one unfinished record. Once `fault` is set, the rest of the file cannot be read and {@link end} gives the end mark.
 */
export class EventFile {
  fault: Quarantine | null = null;
  readonly #rules: Pick<FileRules, 'timeZone'>;
  readonly #text = new TextLines();
  readonly #csv: CsvReader;
  readonly #chunker: Chunker;
  /** The last line of a header that ended the reading; the CSV reader may be further. */
  #faultyHeader: number | undefined;

  constructor(rules: Pick<FileRules, 'chunkRows' | 'reader' | 'delimiter' | 'timeZone'>) {
    this.#rules = rules;
    this.#csv = new CsvReader(rules.delimiter, { lenient: rules.reader === 1 });
    this.#chunker = new Chunker(rules.chunkRows);
  }

  /** Takes the next block of bytes, and returns the chunks that it completes. The block may be reused by the caller. */
  push(block: Uint8Array): Chunk[] {
    return this.#decoded(this.#text.push(block));
  }

  /** Takes what is left. Call it once after the last block, unless there is a fault. */
  finish(): Chunk[] {
    const chunks = this.#decoded(this.#text.end());
    return this.fault === null ? [...chunks, ...this.#take(this.#csv.end())] : chunks;
  }

  /** Stops reading for a reason that its bytes alone do not show. */
  fail(fault: Quarantine): void {
    this.fault ??= fault;
  }

  /** The last chunk. It carries the total, so that completeness is decided by the ledger alone. */
  end(contentHash: string): Chunk {
    return this.#chunker.end(
      this.#faultyHeader ?? this.#csv.lines,
      this.fault === null ? contentHash : null,
      this.fault,
    );
  }

  #decoded({ text, fault }: Decoded): Chunk[] {
    const chunks = this.#take(this.#csv.push(text));
    if (fault !== null) this.fail({ reason: fault.reason, detail: this.#detailOf(fault) });
    return chunks;
  }

  #detailOf({ reason, detail }: TextFault): string {
    if (reason === 'record_too_long') return this.#tooLong();
    return reason === 'encoding' ? `line ${this.#csv.linesTaken + 1} ${detail}` : (detail ?? '');
  }

  #tooLong(): string {
    return `the record that begins on line ${this.#csv.lines + 1}`;
  }

  #take(records: readonly CsvRecord[]): Chunk[] {
    const chunks: Chunk[] = [];
    for (const record of records) {
      if (this.fault !== null) break;
      const columns = this.#chunker.header;
      if (columns === null) this.#readHeader(record);
      else {
        const outcome = validate(record, columns, this.#rules.timeZone);
        const complete = this.#chunker.add(outcome, record.line, record.lastLine, record.raw.length);
        if (complete) chunks.push(complete);
      }
    }
    if (this.#csv.tooLong) this.fail({ reason: 'record_too_long', detail: this.#tooLong() });
    return chunks;
  }

  #readHeader(record: CsvRecord): void {
    const header = readHeader(record);
    if (!('reason' in header)) this.#chunker.header = header;
    else {
      this.fail(header);
      this.#faultyHeader = record.lastLine;
    }
  }
}
