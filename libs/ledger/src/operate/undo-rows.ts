import type { Contract, FileNo } from '@sluice/core';
import type { ReservedSql } from 'postgres';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { version } from '../columns.ts';
import { execute, run, runForOne, type Session, sessionOf } from '../statements.ts';

/** A record of a file: its id and the line on which it begins. */
export interface RecordLine {
  readonly event_id: string;
  readonly line: number;
}

const undoBatches = z.object({
  batches: z.int(),
  first: z.date().nullable(),
  last: z.date().nullable(),
  unknown: z.int(),
});

/** The commits that held chunks of the file. `unknown`: chunks in them whose detail retention has dropped. */
export type UndoBatches = Readonly<z.output<typeof undoBatches>>;

const otherFile = z.object({
  ...version,
  sameBatch: z.boolean(),
  holder: z.boolean(),
});

/** Another version that may have to do with the rows; `sameBatch`: of a batch with them, `holder`: it had duplicates since. */
export type OtherFile = Readonly<z.output<typeof otherFile>>;

const undoPreview = z.object({
  fate: z.enum(['removed', 'theirs', 'shared']),
  /** By which rows are counted. */
  type: z.string(),
  rows: z.int(),
  first: z.string(),
  last: z.string(),
});

/** Rows that are to be removed, or that stay because another file brought them or holds them too, by event type. */
export type UndoPreview = Readonly<z.output<typeof undoPreview>>;

const holder = z.object({ name: z.string() });
const undoCounts = z.object({ noted: z.int(), removable: z.int() });
const removed = z.object({ rows: z.int() });

/**
 * Works out which rows of the table a file brought, in a temporary table of one connection, and removes them. Nothing is
 * changed before {@link remove}. Dispose of it to give the connection back.
 */
export class UndoRows {
  readonly #connection: ReservedSql<{ bigint: number }>;
  readonly #session: Session;
  readonly #versions: readonly FileNo[];

  private constructor(
    connection: ReservedSql<{ bigint: number }>,
    session: Session,
    versions: readonly FileNo[],
  ) {
    this.#connection = connection;
    this.#session = session;
    this.#versions = versions;
  }

  /** `versions`: the generations of one content of one name. */
  static async begin(sql: Sql, versions: readonly FileNo[]): Promise<UndoRows> {
    const connection = await sql.reserve();
    const session = sessionOf(connection, sql);
    // A person waits for this, and a large table has no index on created_at.
    await connection`SET statement_timeout = 0`;
    await execute(session, 'operate/undo-begin');
    await connection`TRUNCATE sluice_undoing`;
    return new UndoRows(connection, session, versions);
  }

  /** What a row must be. */
  get contract(): Contract {
    return this.#session.contract;
  }

  async batches(): Promise<UndoBatches> {
    return await runForOne(this.#session, 'operate/undo-batches', undoBatches, [[...this.#versions]]);
  }

  async others(): Promise<OtherFile[]> {
    return await run(this.#session, 'operate/undo-others', otherFile, [[...this.#versions]]);
  }

  /** Notes the rows that stem from these records of the file itself. */
  async noteOwn(records: readonly RecordLine[]): Promise<void> {
    await execute(this.#session, 'operate/undo-own', [JSON.stringify(records), [...this.#versions]]);
  }

  /** Notes all rows of the file's batches. Right only when no other file was in them. */
  async noteBatches(): Promise<void> {
    await execute(this.#session, 'operate/undo-alone', [[...this.#versions]]);
  }

  /** Notes the rows that rejects of the file became once they were corrected. */
  async noteResubmitted(): Promise<void> {
    await execute(this.#session, 'operate/undo-resubmitted', [[...this.#versions]]);
  }

  /** Leaves out what these records of a file of the same batch brought. */
  async leaveTheirs(records: readonly RecordLine[], { fileNo }: OtherFile): Promise<void> {
    await execute(this.#session, 'operate/undo-theirs', [JSON.stringify(records), fileNo]);
  }

  /** Leaves out what another loaded file holds too. Returns how many rows. */
  async leaveShared(records: readonly RecordLine[], { fileNo }: OtherFile): Promise<number> {
    return await execute(this.#session, 'operate/undo-shared', [JSON.stringify(records), fileNo]);
  }

  /** Leaves out what a corrected reject of another loaded file holds too. Returns the names of those files. */
  async leaveResubmittedElsewhere(): Promise<string[]> {
    const rows = await run(this.#session, 'operate/undo-resubmitted-elsewhere', holder, [
      [...this.#versions],
    ]);
    return rows.map(({ name }) => name);
  }

  /** Rows noted, and those of them that are not left out. */
  async counts(): Promise<{ readonly noted: number; readonly removable: number }> {
    return await runForOne(this.#session, 'operate/undo-counts', undoCounts);
  }

  async preview(): Promise<UndoPreview[]> {
    return await run(this.#session, 'operate/undo-preview', undoPreview);
  }

  /** Removes the rows, corrects the ledger and writes the audit, all or nothing. Returns the number of rows. */
  async remove(name: string, who: string): Promise<number> {
    const asked = [[...this.#versions], name, who];
    return (await runForOne(this.#session, 'operate/undo-remove', removed, asked)).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection`DROP TABLE IF EXISTS sluice_undoing`;
    await this.#connection`RESET statement_timeout`;
    this.#connection.release();
  }
}
