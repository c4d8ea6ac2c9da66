import type { FileNo, FileRules, Token } from '@sluice/core';
import type { ReservedSql } from 'postgres';
import type { Sql } from '../client.ts';
import { run, type Session } from '../statements.ts';
import { type PinnedRow, withRules } from './operations.ts';

/** A record of a file: its id and the line on which it begins. */
export interface RecordLine {
  readonly event_id: string;
  readonly line: number;
}

/** The commits that held chunks of the file. `unknown`: chunks in them whose detail retention has dropped. */
export interface UndoBatches {
  readonly batches: number;
  readonly first: Date | null;
  readonly last: Date | null;
  readonly unknown: number;
}

/** Another version that may have to do with the rows; `mate`: of the same batch, `holder`: it had duplicates since. */
export interface OtherFile {
  readonly fileNo: FileNo;
  readonly name: string;
  readonly token: Token;
  readonly contentNo: number;
  readonly contentHash: string | null;
  readonly rules: FileRules;
  readonly mate: boolean;
  readonly holder: boolean;
}

/** Rows that are to be removed, or that stay because another file brought them or holds them too, by event type. */
export interface UndoPreview {
  readonly fate: 'removed' | 'theirs' | 'shared';
  readonly event_type: string;
  readonly rows: number;
  readonly first: string;
  readonly last: string;
}

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
    const session = Object.assign(connection, { eventsTable: sql.eventsTable });
    // A person waits for this, and a large table has no index on created_at.
    await connection`SET statement_timeout = 0`;
    await run(session, 'operate/undo-begin');
    await connection`TRUNCATE sluice_undoing`;
    return new UndoRows(connection, session, versions);
  }

  async batches(): Promise<UndoBatches> {
    const [row] = await run<UndoBatches>(this.#session, 'operate/undo-batches', [[...this.#versions]]);
    if (row === undefined) throw new Error('the undo-batches statement returned no row');
    return row;
  }

  async others(): Promise<OtherFile[]> {
    const rows = await run<PinnedRow>(this.#session, 'operate/undo-others', [[...this.#versions]]);
    return rows.map((row) => withRules(row) as unknown as OtherFile);
  }

  /** Notes the rows that stem from these records of the file itself. */
  async noteOwn(records: readonly RecordLine[]): Promise<void> {
    await run(this.#session, 'operate/undo-own', [JSON.stringify(records), [...this.#versions]]);
  }

  /** Notes all rows of the file's batches. Right only when no other file was in them. */
  async noteBatches(): Promise<void> {
    await run(this.#session, 'operate/undo-alone', [[...this.#versions]]);
  }

  /** Notes the rows that rejects of the file became once they were corrected. */
  async noteResubmitted(): Promise<void> {
    await run(this.#session, 'operate/undo-resubmitted', [[...this.#versions]]);
  }

  /** Leaves out what these records of a file of the same batch brought. */
  async leaveTheirs(records: readonly RecordLine[], { fileNo }: OtherFile): Promise<void> {
    await run(this.#session, 'operate/undo-theirs', [JSON.stringify(records), fileNo]);
  }

  /** Leaves out what another loaded file holds too. Returns how many rows. */
  async leaveShared(records: readonly RecordLine[], { fileNo }: OtherFile): Promise<number> {
    return (await run(this.#session, 'operate/undo-shared', [JSON.stringify(records), fileNo])).length;
  }

  /** Leaves out what a corrected reject of another loaded file holds too. Returns the names of those files. */
  async leaveResubmittedElsewhere(): Promise<string[]> {
    const rows = await run<{ name: string }>(this.#session, 'operate/undo-resubmitted-elsewhere', [
      [...this.#versions],
    ]);
    return rows.map(({ name }) => name);
  }

  /** Rows noted, and those of them that are not left out. */
  async counts(): Promise<{ readonly noted: number; readonly removable: number }> {
    const [row] = await run<{ noted: number; removable: number }>(this.#session, 'operate/undo-counts');
    if (row === undefined) throw new Error('the undo-counts statement returned no row');
    return row;
  }

  async preview(): Promise<UndoPreview[]> {
    return [...(await run<UndoPreview>(this.#session, 'operate/undo-preview'))];
  }

  /** Removes the rows, corrects the ledger and writes the audit, all or nothing. Returns the number of rows. */
  async remove(name: string, who: string): Promise<number> {
    const [row] = await run<{ rows: number }>(this.#session, 'operate/undo-remove', [
      [...this.#versions],
      name,
      who,
    ]);
    return row?.rows ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection`DROP TABLE IF EXISTS sluice_undoing`;
    await this.#connection`RESET statement_timeout`;
    this.#connection.release();
  }
}
