import type { Contract, ContractNo, FileNo, Value } from '@sluice/core';
import type { ReservedSql } from 'postgres';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { version } from '../columns.ts';

import { execute, forContract, run, runForOne, type Session, sessionOf } from '../statements.ts';

/** A record of a file: the values of its key by column, and the line on which it begins. */
export type RecordLine = Readonly<Record<string, Value>> & { readonly sluice_at_line: number };

const undoBatches = z.object({
  batches: z.int(),
  first: z.date().nullable(),
  last: z.date().nullable(),
  unknown: z.int(),
});

/** The commits with chunks of the file. `unknown`: how many chunks in them have no detail any more because of RETENTION. */
export type UndoBatches = Readonly<z.output<typeof undoBatches>>;

const otherFile = z.object({
  ...version,
  sameBatch: z.boolean(),
  holder: z.boolean(),
});

/** Another version that may share rows with the file. `sameBatch`: it was in the same batch. `holder`: it had duplicates since. */
export type OtherFile = Readonly<z.output<typeof otherFile>>;

const undoPreview = z.object({
  fate: z.enum(['removed', 'theirs', 'shared']),
  /** The value that rows are counted by; null when the contract counts by none. */
  type: z.string().nullable(),
  rows: z.int(),
  first: z.string().nullable(),
  last: z.string().nullable(),
});

/** Rows to remove, or rows that stay because another file brought them or holds them too, by the value that rows are counted by. */
export type UndoPreview = Readonly<z.output<typeof undoPreview>>;

const holder = z.object({ name: z.string() });
const undoCounts = z.object({ noted: z.int(), removable: z.int() });
const removed = z.object({ rows: z.int() });

/** What is undone: the generations of one content under one name, and the contract that they were all loaded by. */
export interface Undone {
  readonly feed: string;
  readonly contract: Contract;
  readonly versions: readonly FileNo[];
}

/**
 * Finds the rows of the table that a file brought, in a temporary table of one connection, and removes them. Nothing
 * changes before {@link remove}. Disposing of this object returns the connection.
 */
export class UndoRows {
  readonly #connection: ReservedSql<{ bigint: number }>;
  readonly #session: Session;
  readonly #undone: Undone;
  readonly #versions: number[];

  private constructor(connection: ReservedSql<{ bigint: number }>, session: Session, undone: Undone) {
    this.#connection = connection;
    this.#session = session;
    this.#undone = undone;
    this.#versions = [...undone.versions];
  }

  static async begin(sql: Sql, undone: Undone): Promise<UndoRows> {
    const connection = await sql.reserve();
    const session = sessionOf(connection, forContract(sql, undone.contract));
    const rows = new UndoRows(connection, session, undone);
    try {
      // The statements may take long, because a large table has no index on where its rows came from, and a person is waiting.
      await connection`SET statement_timeout = 0`;
      await execute(session, 'operate/undo-begin');
      await execute(session, 'operate/undo-begin-key');
      return rows;
    } catch (error) {
      await rows[Symbol.asyncDispose]();
      throw error;
    }
  }

  async batches(): Promise<UndoBatches> {
    return await runForOne(this.#session, 'operate/undo-batches', undoBatches, [this.#versions]);
  }

  /** @param contracts the contracts whose files fill the same table by the same key */
  async others(contracts: readonly ContractNo[]): Promise<OtherFile[]> {
    return await run(this.#session, 'operate/undo-others', otherFile, [this.#versions, [...contracts]]);
  }

  /** Notes the rows that name these versions as their file. */
  async noteFilled(): Promise<void> {
    await execute(this.#session, 'operate/undo-filled', [this.#versions]);
  }

  /** Notes the rows that came from these records of the file itself. */
  async noteOwn(records: readonly RecordLine[]): Promise<void> {
    await execute(this.#session, 'operate/undo-own', [JSON.stringify(records), this.#versions]);
  }

  /** Notes all rows of the file's batches. This is only correct when no other file was in them. */
  async noteBatches(): Promise<void> {
    await execute(this.#session, 'operate/undo-alone', [this.#versions]);
  }

  /** Notes the rows that came from corrected rejects of the file. */
  async noteResubmitted(): Promise<void> {
    await execute(this.#session, 'operate/undo-resubmitted', [this.#versions]);
  }

  /** Leaves out the rows that these records of another file in the same batch brought. */
  async leaveTheirs(records: readonly RecordLine[], { fileNo }: OtherFile): Promise<void> {
    await execute(this.#session, 'operate/undo-theirs', [JSON.stringify(records), fileNo]);
  }

  /** Leaves out the rows that another loaded file holds too. Returns how many there are. */
  async leaveShared(records: readonly RecordLine[], { fileNo }: OtherFile): Promise<number> {
    return await execute(this.#session, 'operate/undo-shared', [JSON.stringify(records), fileNo]);
  }

  /** Leaves out the rows that a corrected reject of another loaded file holds too. Returns the names of those files. */
  async leaveResubmittedElsewhere(): Promise<string[]> {
    const asked = [this.#undone.contract.table, this.#versions];
    const rows = await run(this.#session, 'operate/undo-resubmitted-elsewhere', holder, asked);
    return rows.map(({ name }) => name);
  }

  /** How many rows are noted, and how many of them are not left out. */
  async counts(): Promise<{ readonly noted: number; readonly removable: number }> {
    return await runForOne(this.#session, 'operate/undo-counts', undoCounts);
  }

  async preview(): Promise<UndoPreview[]> {
    return await run(this.#session, 'operate/undo-preview', undoPreview);
  }

  /** Removes the rows, corrects the ledger and writes the audit, all or nothing. Returns the number of removed rows. */
  async remove(name: string, who: string): Promise<number> {
    const asked = [this.#versions, name, who, this.#undone.feed];
    return (await runForOne(this.#session, 'operate/undo-remove', removed, asked)).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection`DROP TABLE IF EXISTS sluice_undoing`;
    await this.#connection`RESET statement_timeout`;
    this.#connection.release();
  }
}
