import { type Chunk, Chunker } from './chunk.ts';
import type { Contract } from './contract/contract.ts';
import { nameFault } from './contract/file-name.ts';
import { type Columns, columnsWithoutHeader, readHeader } from './contract/header.ts';
import { plainLine } from './contract/plain-line.ts';
import { type LineReader, lineReaderOf } from './contract/validate.ts';
import { CsvReader, type CsvRecord } from './csv-reader.ts';
import { headerHint, LOOK_AHEAD } from './header-hint.ts';
import { PlainLines } from './plain-lines.ts';
import type { Quarantine } from './quarantine.ts';
import { encodingDetail, hasLoneCr, LONE_CR } from './reading-hints.ts';
import { type FileRules, type Reading, readingOf } from './rules.ts';
import { strayQuotesOf } from './stray-quotes.ts';
import { type Decoded, type TextFault, TextLines } from './text-lines.ts';

/** A header that lacks columns, and the records after it, which may show why. */
interface LackingHeader {
  readonly record: CsvRecord;
  readonly columns: string;
  readonly following: CsvRecord[];
}

/** How many lines are read before other work gets its turn, where they are short. */
const AT_ONCE = 100;

/**
 * Reads the bytes of one file version into chunks, in whichever format. It holds no more than one chunk and one unfinished record.
 * Once `fault` is set, the rest of the file cannot be read, and `end` gives the last chunk.
 */
export interface RecordFile {
  readonly fault: Quarantine | null;
  /**
   * Takes the next block of bytes and gives the chunks that it completes. It yields after every few records, so that the caller
   * can let other work run. The caller must take everything before the next block, and may reuse the block after the first yield.
   */
  push(block: Uint8Array): Generator<Chunk[]>;
  /** Reads what is left. Call it once after the last block, unless there is a fault. */
  finish(): Generator<Chunk[]>;
  /** Stops reading for a reason that the bytes alone do not show. The content so far is read like a file that ends there. */
  fail(fault: Quarantine): Generator<Chunk[]>;
  /** The last chunk. It carries the total, so that the ledger alone can decide whether the version is complete. */
  end(contentHash: string): Chunk;
}

/**
 * Reads a CSV file as {@link RecordFile} says: it decodes the text, splits the CSV, reads the header, validates each record against
 * the contract, and cuts the chunks.
 */
export class EventFile implements RecordFile {
  fault: Quarantine | null = null;
  readonly #contract: Contract;
  readonly #rules: FileRules;
  readonly #reading: Reading;
  readonly #text: TextLines;
  readonly #csv: CsvReader;
  readonly #line: LineReader;
  readonly #chunker: Chunker;
  readonly #takesPlain: boolean;
  #plain: PlainLines | undefined;
  /** The last line of a header that is not accepted. The CSV reader may already be further on. */
  #faultyHeader: number | undefined;
  #lacking: LackingHeader | undefined;
  /** There is no more text. */
  #ended = false;

  /**
   * @param name the file's name in the ledger. Fields of the contract may have parts of it for their values
   * @param takesPlain whether lines that are lines for COPY already are taken as they stand. The chunks are the same either way
   */
  constructor(rules: FileRules, contract: Contract, name = '', takesPlain = true) {
    this.#contract = contract;
    this.#rules = rules;
    this.#text = new TextLines(rules.encoding);
    this.#line = lineReaderOf(contract, rules, name);
    this.#reading = readingOf(rules.reader);
    this.#csv = new CsvReader(rules, this.#reading, rules.skipRows);
    this.#chunker = new Chunker(contract, rules.chunkRows);
    this.#takesPlain = takesPlain;
    if (!rules.header) this.#begin(columnsWithoutHeader(contract));
    this.fault = nameFault(contract, rules.timeZone, name);
    if (this.fault !== null) this.#faultyHeader = 0;
  }

  *push(block: Uint8Array): Generator<Chunk[]> {
    yield* this.#decoded(this.#text.push(block));
  }

  *finish(): Generator<Chunk[]> {
    yield* this.#decoded(this.#text.end());
    this.#ended = true;
    if (this.fault === null) yield* this.#take(this.#csv.end());
    if (this.#lacking !== undefined) this.#stop(null);
    else if (this.fault === null) this.fault = this.#nothingRead();
  }

  *fail(fault: Quarantine): Generator<Chunk[]> {
    yield* this.#endText();
    this.#stop(fault);
  }

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
    this.#stop({ reason: fault.reason, detail: this.#detailOf(fault) });
  }

  /** Reads the whole lines before a fault to their end, so that an open quote does not lose the lines after it. */
  *#endText(): Generator<Chunk[]> {
    if (this.fault === null && !this.#reading.openEnd) yield* this.#take(this.#csv.end());
  }

  /** Ends the reading. A header that was not accepted comes before what is wrong later in the file. */
  #stop(fault: Quarantine | null): undefined {
    const lacking = this.#lacking;
    this.#lacking = undefined;
    if (lacking === undefined) this.fault ??= fault;
    else {
      const hint = headerHint(lacking.record, lacking.following, this.#contract, this.#rules);
      const detail = hint === undefined ? lacking.columns : `${lacking.columns}; ${hint}`;
      this.fault ??= { reason: 'header_missing_column', detail };
    }
  }

  #detailOf({ reason, detail }: TextFault): string {
    if (reason === 'record_too_long') return this.#tooLong() + (detail === null ? '' : `: ${detail}`);
    return encodingDetail({ reason, detail }, this.#csv.linesTaken + 1);
  }

  #tooLong(): string {
    return `the record that begins on line ${this.#csv.lines + 1}${this.#csv.loneCr ? `: ${LONE_CR}` : ''}`;
  }

  /** Lines were passed over, and there is nothing else in the file: then it is probably not what its feed says. */
  #nothingRead(): Quarantine | null {
    const { lines, loneCr } = this.#csv;
    const { skipRows, header } = this.#rules;
    if (lines === 0 || this.#chunker.records > 0 || (header && this.#chunker.header !== null)) return null;
    if (loneCr) return { reason: 'header_missing_column', detail: LONE_CR };
    if (!header || skipRows === 0) return null;
    const detail = `there is no header: skipRows passes over ${skipRows} lines, and the file has ${lines}`;
    return { reason: 'header_missing_column', detail };
  }

  *#take(groups: Iterable<readonly CsvRecord[]>): Generator<Chunk[]> {
    let chunks: Chunk[] = [];
    let since = this.#csv.lines;
    for (const records of groups) {
      chunks.push(...(this.#plain?.complete() ?? []));
      for (const record of records) {
        const chunk = this.#chunkBefore(record);
        if (chunk !== undefined) chunks.push(chunk);
      }
      if (this.#csv.lines - since < AT_ONCE && chunks.length === 0 && this.fault === null) continue;
      yield chunks;
      if (this.fault !== null) return;
      [chunks, since] = [[], this.#csv.lines];
    }
    yield chunks;
    if (this.#csv.tooLong) this.#stop({ reason: 'record_too_long', detail: this.#tooLong() });
  }

  /** The columns are known: what follows are records. */
  #begin(columns: Columns): void {
    this.#chunker.header = columns;
    const form = this.#takesPlain ? plainLine(this.#contract, this.#rules, columns) : undefined;
    if (form === undefined) return;
    this.#plain = new PlainLines(form, this.#chunker);
    this.#csv.taker = this.#plain;
  }

  /** Takes one record. Returns the chunk before it when this record shows that chunk to be complete. */
  #chunkBefore(record: CsvRecord): Chunk | undefined {
    if (this.fault !== null) return undefined;
    if (this.#lacking !== undefined) return this.#lookAt(record, this.#lacking);
    const columns = this.#chunker.header;
    if (columns === null) return this.#readHeader(record);
    if (this.#isAllLines(record, columns)) {
      this.#faultyHeader = record.lastLine;
      return this.#stop({ reason: 'header_missing_column', detail: LONE_CR });
    }
    const outcome = this.#line(record, columns);
    const stray = record.line === record.lastLine ? null : strayQuotesOf(record, columns.width, this.#rules);
    return this.#chunker.add(outcome, record, stray);
  }

  /** A file without a header and without line ends, which is one record with the fields of all of its lines. */
  #isAllLines({ fields, raw }: CsvRecord, { width }: Columns): boolean {
    const isAll = this.#ended && !this.#rules.header && this.#chunker.records === 0;
    return isAll && fields.length !== width && hasLoneCr(raw);
  }

  #readHeader(record: CsvRecord): undefined {
    const header = readHeader(record, this.#contract);
    if (!('reason' in header)) {
      this.#begin(header);
      return;
    }
    this.#faultyHeader = record.lastLine;
    if (header.reason !== 'header_missing_column') this.fault ??= header;
    else this.#lacking = { record, columns: header.detail, following: [] };
  }

  #lookAt(record: CsvRecord, { following }: LackingHeader): undefined {
    following.push(record);
    if (following.length >= LOOK_AHEAD) this.#stop(null);
  }
}
