import { type Chunk, Chunker } from './chunk.ts';
import type { Contract } from './contract/contract.ts';
import { readHeader } from './contract/header.ts';
import { type Validator, validatorOf } from './contract/validate.ts';
import { CsvReader, type CsvRecord } from './csv-reader.ts';
import type { Quarantine } from './quarantine.ts';
import { LONE_CR } from './reading-hints.ts';
import { type FileRules, type Reading, readingOf } from './rules.ts';
import { strayQuotesOf } from './stray-quotes.ts';
import { type Decoded, type TextFault, TextLines } from './text-lines.ts';

/**
 * Reads the bytes of one file version into chunks: it decodes the text, splits the CSV, reads the header, validates each record
 * against the contract, and cuts the chunks. It holds no more than one chunk and one unfinished record. Once `fault` is set, the
 * rest of the file cannot be read, and {@link end} gives the last chunk.
 */
export class EventFile {
  fault: Quarantine | null = null;
  readonly #contract: Contract;
  readonly #delimiter: string;
  readonly #reading: Reading;
  readonly #text = new TextLines();
  readonly #csv: CsvReader;
  readonly #validate: Validator;
  readonly #chunker: Chunker;
  /** The last line of a header that is not accepted. The CSV reader may already be further on. */
  #faultyHeader: number | undefined;

  constructor(rules: Pick<FileRules, 'chunkRows' | 'reader' | 'delimiter' | 'timeZone'>, contract: Contract) {
    this.#contract = contract;
    this.#delimiter = rules.delimiter;
    this.#validate = validatorOf(contract, rules.timeZone);
    this.#reading = readingOf(rules.reader);
    this.#csv = new CsvReader({ delimiter: rules.delimiter }, this.#reading);
    this.#chunker = new Chunker(rules.chunkRows);
  }

  /**
   * Takes the next block of bytes and gives the chunks that it completes. It yields after every few records, so that the caller
   * can let other work run. The caller must take everything before the next block, and may reuse the block after the first yield.
   */
  *push(block: Uint8Array): Generator<Chunk[]> {
    yield* this.#decoded(this.#text.push(block));
  }

  /** Reads what is left. Call it once after the last block, unless there is a fault. */
  *finish(): Generator<Chunk[]> {
    yield* this.#decoded(this.#text.end());
    if (this.fault === null) yield* this.#take(this.#csv.end());
  }

  /** Stops reading for a reason that the bytes alone do not show. The content so far is read like a file that ends there. */
  *fail(fault: Quarantine): Generator<Chunk[]> {
    yield* this.#endText();
    this.fault ??= fault;
  }

  /** The last chunk. It carries the total, so that the ledger alone can decide whether the version is complete. */
  end(contentHash: string): Chunk {
    return this.#chunker.end(
      this.#faultyHeader ?? this.#csv.lines,
      this.fault === null ? contentHash : null,
      this.fault,
    );
  }

  *#decoded({ text, fault }: Decoded): Generator<Chunk[]> {
    yield* this.#take(this.#csv.push(text));
    if (fault === null) return;
    yield* this.#endText();
    this.fault ??= { reason: fault.reason, detail: this.#detailOf(fault) };
  }

  /** Reads the whole lines before a fault to their end, so that an open quote does not lose the lines after it. */
  *#endText(): Generator<Chunk[]> {
    if (this.fault === null && !this.#reading.openEnd) yield* this.#take(this.#csv.end());
  }

  #detailOf({ reason, detail }: TextFault): string {
    if (reason === 'record_too_long') return this.#tooLong() + (detail === null ? '' : `: ${detail}`);
    return reason === 'encoding' ? `line ${this.#csv.linesTaken + 1} ${detail}` : (detail ?? '');
  }

  #tooLong(): string {
    return `the record that begins on line ${this.#csv.lines + 1}${this.#csv.loneCr ? `: ${LONE_CR}` : ''}`;
  }

  *#take(groups: Iterable<readonly CsvRecord[]>): Generator<Chunk[]> {
    for (const records of groups) {
      yield records.flatMap((record) => this.#chunkBefore(record) ?? []);
      if (this.fault !== null) return;
    }
    if (this.#csv.tooLong) this.fault ??= { reason: 'record_too_long', detail: this.#tooLong() };
  }

  /** Takes one record. Returns the chunk before it when this record shows that chunk to be complete. */
  #chunkBefore(record: CsvRecord): Chunk | undefined {
    if (this.fault !== null) return undefined;
    const columns = this.#chunker.header;
    if (columns === null) return this.#readHeader(record);
    const outcome = this.#validate(record, columns);
    const stray = strayQuotesOf(record, columns.width, { delimiter: this.#delimiter, quoteChar: '"' });
    return this.#chunker.add(outcome, record, stray);
  }

  #readHeader(record: CsvRecord): undefined {
    const header = readHeader(record, this.#contract);
    if (!('reason' in header)) this.#chunker.header = header;
    else {
      this.fault ??= header;
      this.#faultyHeader = record.lastLine;
    }
  }
}
