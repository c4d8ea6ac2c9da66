import type { CsvRecord } from './csv-reader.ts';
import { EVENT_COLUMNS, type Event } from './event.ts';
import type { FileNo } from './file-version.ts';
import type { Columns } from './header.ts';
import type { Quarantine } from './quarantine.ts';
import type { Reject } from './reject.ts';
import { bothStrayQuotes, type StrayQuotes } from './stray-quotes.ts';
import type { Validated } from './validate.ts';

/**
 * The form of a staged chunk. It is the first thing in a payload, so that a worker never misreads another form. Raised
 * whenever what {@link encodeChunk} writes changes in any way: `chunk-forms.test.ts` holds each form and fails otherwise.
 *
 * @internal exported for its tests
 */
export const CHUNK_VERSION = 2;

/** A chunk also ends when its records exceed this many characters, so that long records cannot make it huge (I8). */
const CHUNK_CHARS = 1024 * 1024;

/**
 * An event with the line on which its record begins, and that on which it ends where that is another. `again`: its id stood earlier
 * in the same chunk.
 */
export type EventRow = Event & {
  readonly line: number;
  readonly last_line?: number | undefined;
  readonly again?: true | undefined;
};

/** What only the last chunk of a version knows. */
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
  readonly rows: readonly EventRow[];
  readonly rejects: readonly Reject[];
  /** The header of the version, once it was read. */
  readonly header: Columns | null;
  readonly strayQuotes: StrayQuotes | null;
  readonly eof: EndOfFile | null;
}

/** Where a chunk is, for jobs and logs: never its rows (I10). */
export interface ChunkRef {
  readonly fileNo: FileNo;
  readonly file: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly records: number;
}

/** Times of a chunk's way so far, as ISO 8601 text. */
export interface ChunkTimes {
  readonly queuedAt: string;
  readonly parsedAt: string;
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
  #rows: EventRow[] = [];
  #rejects: Reject[] = [];
  #strayQuotes: StrayQuotes | null = null;
  readonly #ids = new Set<string>();

  constructor(chunkRows: number) {
    this.#limit = chunkRows;
  }

  /** Adds the outcome of one record, and returns the chunk that it shows to be complete. */
  add(outcome: Validated, record: CsvRecord, stray: StrayQuotes | null): Chunk | undefined {
    const { lastLine, raw } = record;
    const full = this.#records >= this.#limit || this.#chars >= CHUNK_CHARS;
    const complete = full ? this.#cut(this.#lastLine, null) : undefined;
    if ('event' in outcome) this.#rows.push(this.#row(record, outcome.event));
    else this.#rejects.push(outcome.reject);
    this.#strayQuotes = bothStrayQuotes(this.#strayQuotes, stray);
    this.#lastLine = lastLine;
    this.#chars += raw.length;
    this.#total += 1;
    return complete;
  }

  /** Ends the version at `lastLine`, and returns its last chunk. */
  end(lastLine: number, contentHash: string | null, quarantine: Quarantine | null): Chunk {
    return this.#cut(lastLine, { total: this.#total, contentHash, quarantine });
  }

  get #records(): number {
    return this.#rows.length + this.#rejects.length;
  }

  #row({ line, lastLine }: CsvRecord, event: Event): EventRow {
    const again = this.#ids.has(event.event_id);
    this.#ids.add(event.event_id);
    const place = lastLine === line ? { line } : { line, last_line: lastLine };
    return again ? { ...place, ...event, again } : { ...place, ...event };
  }

  #cut(lastLine: number, eof: EndOfFile | null): Chunk {
    const [firstLine, rows, rejects] = [this.#firstLine, this.#rows, this.#rejects];
    const [header, strayQuotes] = [this.header, this.#strayQuotes];
    const chunk = { firstLine, lastLine, rows, rejects, header, strayQuotes, eof };
    this.#firstLine = lastLine + 1;
    this.#chars = 0;
    this.#rows = [];
    this.#rejects = [];
    this.#strayQuotes = null;
    this.#ids.clear();
    return chunk;
  }
}

/** Number of records of a chunk: rows and rejects. */
export function recordsOf(chunk: Chunk): number {
  return chunk.rows.length + chunk.rejects.length;
}

/**
 * Encodes a chunk once, as the JSON text that the commit statement takes. The time of staging stands in front because
 * it is known last: a chunk may wait long for room in staging.
 */
export function encodeChunk(fileNo: FileNo, chunk: Chunk, times: ChunkTimes): (stagedAt: string) => string {
  const body = JSON.stringify({
    file_no: fileNo,
    first_line: chunk.firstLine,
    last_line: chunk.lastLine,
    records: recordsOf(chunk),
    columns_at: chunk.header && EVENT_COLUMNS.map((column) => chunk.header?.at[column]),
    columns: chunk.header?.width ?? null,
    stray_quotes: chunk.strayQuotes?.count ?? 0,
    stray_quote_at: chunk.strayQuotes && [chunk.strayQuotes.line, chunk.strayQuotes.lastLine],
    total: chunk.eof?.total ?? null,
    content_hash: chunk.eof?.contentHash ?? null,
    quarantine: chunk.eof?.quarantine?.reason ?? null,
    quarantine_detail: chunk.eof?.quarantine?.detail ?? null,
    queued_at: times.queuedAt,
    parsed_at: times.parsedAt,
    rows: chunk.rows,
    rejects: chunk.rejects,
  });
  return (stagedAt) => `{"v":${CHUNK_VERSION},"staged_at":"${stagedAt}",${body.slice(1)}`;
}

/** The form of a staged payload, seen from this program. What bears no mark of a form counts as older. */
export type PayloadForm = 'own' | 'older' | 'newer';

/** Tells the form of a staged payload from its first characters. */
export function formOf(payload: string): PayloadForm {
  const form = Number(/^\{"v":(\d+)/.exec(payload)?.[1] ?? 0);
  if (form === CHUNK_VERSION) return 'own';
  return form < CHUNK_VERSION ? 'older' : 'newer';
}
