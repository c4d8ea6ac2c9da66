import { type Chunk, Chunker } from './chunk.ts';
import type { Contract } from './contract/contract.ts';
import { readHeader } from './contract/header.ts';
import { type Validator, validatorOf } from './contract/validate.ts';
import { CsvReader, type CsvRecord } from './csv-reader.ts';
import type { Quarantine } from './quarantine.ts';
import { type FileRules, type Reading, readingOf } from './rules.ts';
import { strayQuotesOf } from './stray-quotes.ts';
import { type Decoded, type TextFault, TextLines } from './text-lines.ts';

/**
 * Reads the bytes of one file version into chunks, as its contract has it: text, CSV, header, validation, cut. It holds no more than one chunk and
 * one unfinished record. Once `fault` is set, the rest of the file cannot be read and {@link end} gives the end mark.
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
  /** The last line of a header that ended the reading; the CSV reader may be further. */
  #faultyHeader: number | undefined;

  constructor(rules: Pick<FileRules, 'chunkRows' | 'reader' | 'delimiter' | 'timeZone'>, contract: Contract) {
    this.#contract = contract;
    this.#delimiter = rules.delimiter;
    this.#validate = validatorOf(contract, rules.timeZone);
    this.#reading = readingOf(rules.reader);
    this.#csv = new CsvReader(rules.delimiter, this.#reading);
    this.#chunker = new Chunker(rules.chunkRows);
  }

  /**
   * Takes the next block of bytes, and gives the chunks that it completes: after every few records, so that the caller can let
   * others have their turn. Take them all before the next block; the block may be reused after the first.
   */
  *push(block: Uint8Array): Generator<Chunk[]> {
    yield* this.#decoded(this.#text.push(block));
  }

  /** Takes what is left. Call it once after the last block, unless there is a fault. */
  *finish(): Generator<Chunk[]> {
    yield* this.#decoded(this.#text.end());
    if (this.fault === null) yield* this.#take(this.#csv.end());
  }

  /** Stops reading for a reason that its bytes alone do not show. What stands before that is a file that ends there. */
  *fail(fault: Quarantine): Generator<Chunk[]> {
    yield* this.#endText();
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

  *#decoded({ text, fault }: Decoded): Generator<Chunk[]> {
    yield* this.#take(this.#csv.push(text));
    if (fault === null) return;
    yield* this.#endText();
    this.fault ??= { reason: fault.reason, detail: this.#detailOf(fault) };
  }

  /** The whole lines before a fault: an open quote among them does not take those behind it along. */
  *#endText(): Generator<Chunk[]> {
    if (this.fault === null && !this.#reading.openEnd) yield* this.#take(this.#csv.end());
  }

  #detailOf({ reason, detail }: TextFault): string {
    if (reason === 'record_too_long') return this.#tooLong();
    return reason === 'encoding' ? `line ${this.#csv.linesTaken + 1} ${detail}` : (detail ?? '');
  }

  #tooLong(): string {
    return `the record that begins on line ${this.#csv.lines + 1}`;
  }

  *#take(groups: Iterable<readonly CsvRecord[]>): Generator<Chunk[]> {
    for (const records of groups) {
      yield records.flatMap((record) => this.#chunkBefore(record) ?? []);
      if (this.fault !== null) return;
    }
    if (this.#csv.tooLong) this.fault ??= { reason: 'record_too_long', detail: this.#tooLong() };
  }

  /** Takes one record. Returns the chunk that it shows to be complete. */
  #chunkBefore(record: CsvRecord): Chunk | undefined {
    if (this.fault !== null) return undefined;
    const columns = this.#chunker.header;
    if (columns === null) return this.#readHeader(record);
    const outcome = this.#validate(record, columns);
    const stray = strayQuotesOf(record, columns.width, this.#delimiter);
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
