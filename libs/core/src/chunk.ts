import type { Contract, ContractNo } from './contract/contract.ts';
import type { Columns } from './contract/header.ts';
import type { Reject } from './contract/reject.ts';
import type { CsvRecord } from './csv-reader.ts';
import type { FileNo } from './file-version.ts';
import type { Quarantine } from './quarantine.ts';
import { type Rows, RowsBuilder } from './rows.ts';
import { bothStrayQuotes, type StrayQuotes } from './stray-quotes.ts';

/** A chunk also ends when its records exceed this many characters, so that long records cannot make it huge (I8). */
const CHUNK_CHARS = 1024 * 1024;

/** Facts about the whole version, which only its last chunk has. */
export interface EndOfFile {
  /** Records in the whole version: rows and rejects. */
  readonly total: number;
  /** SHA-256 of the whole content, or null when it was not read to its end. */
  readonly contentHash: string | null;
  readonly quarantine: Quarantine | null;
}

/** Consecutive lines of one file version. The spans of its chunks tile the version without gaps. */
export interface Chunk {
  readonly firstLine: number;
  readonly lastLine: number;
  readonly rows: Rows;
  readonly rejects: readonly Reject[];
  /** The header of the version, once it has been read. */
  readonly header: Columns | null;
  readonly strayQuotes: StrayQuotes | null;
  readonly eof: EndOfFile | null;
}

/** Identifies a chunk in jobs and logs, without its rows (I10). */
export interface ChunkRef {
  /** Null: a version of Sluice without contracts staged it. */
  readonly contractNo: ContractNo | null;
  readonly fileNo: FileNo;
  readonly file: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly records: number;
}

/**
 * Cuts records into chunks by count and size alone, so that the same bytes give the same chunks (I6). A full chunk is
 * held back until the next record shows that it was not the last one.
 */
export class Chunker {
  header: Columns | null = null;
  readonly #limit: number;
  #firstLine = 1;
  #lastLine = 0;
  #chars = 0;
  #total = 0;
  readonly #rows: RowsBuilder;
  #rejects: Reject[] = [];
  #strayQuotes: StrayQuotes | null = null;

  constructor(contract: Contract, chunkRows: number) {
    this.#rows = new RowsBuilder(contract);
    this.#limit = chunkRows;
  }

  /** How many records have been added. */
  get records(): number {
    return this.#total;
  }

  /**
   * Adds the outcome of one record, which is a row as a line for COPY, or a reject. Returns the chunk before it when this record
   * shows that chunk to be complete.
   */
  add(
    outcome: string | Reject,
    { line, lastLine, raw }: Pick<CsvRecord, 'line' | 'lastLine' | 'raw'>,
    stray: StrayQuotes | null,
  ): Chunk | undefined {
    const complete = this.#cutIfFull();
    if (typeof outcome === 'string') this.#rows.add(outcome, line, lastLine);
    else this.#rejects.push(outcome);
    this.#strayQuotes = bothStrayQuotes(this.#strayQuotes, stray);
    this.#count(1, lastLine, raw.length);
    return complete;
  }

  /** How many records, and how many characters before the last of them, the chunk of the next record takes. */
  get room(): { readonly records: number; readonly chars: number } {
    if (this.#isFull) return { records: this.#limit, chars: CHUNK_CHARS };
    return { records: this.#limit - this.#held, chars: CHUNK_CHARS - this.#chars };
  }

  /** Adds rows of one line each, from this line of the file on, as lines for COPY. There must be {@link room} for them. */
  addLines(copyText: string, line: number, lines: number, chars: number): Chunk | undefined {
    const complete = this.#cutIfFull();
    this.#rows.addLines(copyText, line, lines);
    this.#count(lines, line + lines - 1, chars);
    return complete;
  }

  #count(records: number, lastLine: number, chars: number): void {
    this.#lastLine = lastLine;
    this.#chars += chars;
    this.#total += records;
  }

  /** Ends the version at `lastLine`, and returns its last chunk. */
  end(lastLine: number, contentHash: string | null, quarantine: Quarantine | null): Chunk {
    return this.#cut(lastLine, { total: this.#total, contentHash, quarantine });
  }

  get #isFull(): boolean {
    return this.#held >= this.#limit || this.#chars >= CHUNK_CHARS;
  }

  #cutIfFull(): Chunk | undefined {
    return this.#isFull ? this.#cut(this.#lastLine, null) : undefined;
  }

  get #held(): number {
    return this.#rows.count + this.#rejects.length;
  }

  #cut(lastLine: number, eof: EndOfFile | null): Chunk {
    const rows = this.#rows.take();
    const [firstLine, rejects] = [this.#firstLine, this.#rejects];
    const [header, strayQuotes] = [this.header, this.#strayQuotes];
    const chunk = { firstLine, lastLine, rows, rejects, header, strayQuotes, eof };
    this.#firstLine = lastLine + 1;
    this.#chars = 0;
    this.#rejects = [];
    this.#strayQuotes = null;
    return chunk;
  }
}

/** Number of records of a chunk: rows and rejects. */
export function recordsOf(chunk: Chunk): number {
  return chunk.rows.count + chunk.rejects.length;
}
