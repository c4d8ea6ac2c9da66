import { type Contract, fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { version } from '../columns.ts';
import { run, type Session } from '../statements.ts';
import { ofTable } from '../table/columns.ts';

/** The values of a key by column, as PostgreSQL reads them. */
export type KeyValues = Readonly<Record<string, string>>;

const storedRow = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable());

/**
 * A row of a table by column, with `sluice_file` and `sluice_line`, or else `created_at`, if it has them. Times are as PostgreSQL
 * writes them, in UTC, to the microsecond.
 */
export type StoredRow = Readonly<z.output<typeof storedRow>>;

const batchChunk = z.object({
  batchId: z.string(),
  committedAt: z.date(),
  ...version,
  firstLine: z.int(),
  lastLine: z.int(),
  records: z.int(),
});

/** One chunk of a batch, with what is needed to find its file. */
export type BatchChunk = Readonly<z.output<typeof batchChunk>>;

const namedFile = z.object({
  ...version,
  chunk: batchChunk
    .pick({ batchId: true, firstLine: true, lastLine: true, records: true })
    .extend({ committedAt: z.coerce.date() })
    .nullable(),
});

/** The file that a row names, and the chunk that holds its line. The chunk is null when RETENTION has dropped it. */
export type NamedFile = Readonly<z.output<typeof namedFile>>;

const mention = z.object({
  kind: z.enum(['conflict', 'reject']),
  fileNo,
  name: z.string(),
  line: z.int(),
  code: z.string().nullable(),
  expected: z.string().nullable(),
  /** When the reject was corrected and loaded, and under which key. */
  resubmittedAt: z.date().nullable(),
  resubmittedAs: z.string().nullable(),
});

/** A record that mentions a key but is not a row: it was rejected, or had other content for a known key. */
export type Mention = Readonly<z.output<typeof mention>>;

const correction = z.object({
  fileNo,
  name: z.string(),
  line: z.int(),
  code: z.string(),
  resubmittedAt: z.date(),
  /** Null when RETENTION has dropped the commit. */
  batchId: z.string().nullable(),
  origin: z.boolean(),
});

/** A reject that was corrected to a row. `origin`: its correction is the row in the table, and not a duplicate of it. */
export type Correction = Readonly<z.output<typeof correction>>;

const undoneFile = z.object({ fileNo, name: z.string(), undone: z.int() });

/** What the ledger and the table of a contract know of one key. */
export class KeyTrace {
  readonly #session: Session;
  readonly #table: string;
  readonly #key: KeyValues;

  private constructor(session: Session, { table }: Contract, key: KeyValues) {
    this.#session = session;
    this.#table = table;
    this.#key = key;
  }

  static async of(sql: Sql, contract: Contract, key: KeyValues): Promise<KeyTrace> {
    return new KeyTrace(await ofTable(sql, contract), contract, key);
  }

  async row(): Promise<StoredRow | undefined> {
    return (await run(this.#session, 'operate/find-event', storedRow, [this.#asked]))[0];
  }

  /** The chunks of the batch that inserted the row. Empty when no commit has the `created_at` of the row. */
  async batch(): Promise<BatchChunk[]> {
    return await run(this.#session, 'operate/event-batch', batchChunk, [this.#asked]);
  }

  /** The file that a row names by its number, and the chunk that holds the line. */
  async file(fileNo: number, line: number): Promise<NamedFile | undefined> {
    return (await run(this.#session, 'operate/file-of-row', namedFile, [fileNo, line]))[0];
  }

  /** @param texts the ways in which a file may write each value of the key */
  async mentions(texts: readonly (readonly string[])[]): Promise<Mention[]> {
    // A file may write letters in either case, so the fast search uses the longest part without letters of a value that has only
    // one form.
    const sure = texts.flatMap((forms) => (forms.length === 1 ? (forms[0]?.match(/[^\p{L}]+/gu) ?? []) : []));
    const [longest = ''] = sure.toSorted((a, b) => b.length - a.length);
    const patterns = texts.map(
      (forms) => `(^|[^[:alnum:]])(${forms.map(escaped).join('|')})($|[^[:alnum:]])`,
    );
    const asked = [this.#table, this.#asked, longest, patterns];
    return await run(this.#session, 'operate/event-elsewhere', mention, asked);
  }

  /** The rejects that were corrected to this row. */
  async corrections(row: StoredRow | undefined): Promise<Correction[]> {
    const { created_at: at, sluice_file: file, sluice_line: line } = row ?? {};
    const names = typeof file === 'number' && typeof line === 'number' ? [file, line] : [null, null];
    const asked = [this.#table, this.#asked, typeof at === 'string' ? at : null, ...names];
    return await run(this.#session, 'operate/event-resubmitted', correction, asked);
  }

  get #asked(): string {
    return JSON.stringify(this.#key);
  }
}

/** A text as part of a regular expression of PostgreSQL. */
function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}\s]/gu, '\\$&');
}

/** The latest files of a feed whose rows an undo has removed, at most 20. */
export async function undoneFiles(sql: Sql, feed: string): Promise<Readonly<z.output<typeof undoneFile>>[]> {
  return await run(sql, 'operate/undone-files', undoneFile, [feed]);
}
