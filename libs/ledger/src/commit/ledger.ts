import {
  type FileNo,
  type FileRules,
  type FoundFile,
  type KnownFile,
  pinnedRules,
  pinRules,
  type QuarantineReason,
  type SeenFile,
  type StrayQuotes,
  type Token,
} from '@sluice/core';
import { killPoint } from '@sluice/process';
import type { Sql } from '../client.ts';
import { classify, rowsUnseen, tryAgainAtOnce, type Unseen } from '../failure.ts';
import { type LedgerStrayQuotes, strayQuotesOf } from '../read/stray-quotes.ts';
import { run, type Session } from '../statements.ts';

/**
 * A version that is to be registered. `after`: the one before it with its name and token, whose content it has not.
 * `same`: a closed version of that name with the same content.
 */
export interface NewVersion extends KnownFile {
  readonly after?: KnownVersion;
  readonly landedAt: Date;
  readonly stableAt: Date;
  readonly same: { readonly fileNo: FileNo; readonly contentHash: string } | null;
}

export interface KnownVersion extends KnownFile {
  readonly fileNo: FileNo;
  readonly generation: number;
  /** Of all contents that bore its name and token, one after the other; from 0. */
  readonly contentNo: number;
  /** Null when it was not read to its end. */
  readonly contentHash: string | null;
  /** No reading of it has begun. */
  readonly untouched: boolean;
  readonly closed: boolean;
  readonly gone: boolean;
  /** The identity of the folder that it was last seen in. Null when it was registered before that was kept. */
  readonly folder: string | null;
}

export interface OpenFile extends FoundFile {
  readonly fileNo: FileNo;
  readonly generation: number;
  /** No earlier version bears this name. */
  readonly first: boolean;
}

/** What a parse needs to know of its version. */
export interface FileToParse extends KnownFile {
  readonly fileNo: FileNo;
  readonly rules: FileRules;
  readonly closed: boolean;
  readonly gone: boolean;
  /** How often its reading has begun since the ledger saw progress of it, this time included. */
  readonly begun: number;
  /** First lines of the chunks that are committed already. */
  readonly committed: ReadonlySet<number>;
}

/** Why a version could not be read when it was to be. */
export type GoneWhy = 'missing' | 'changed' | 'unreadable';

export interface Counts {
  readonly records: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly rejects: number;
}

/** A version whose every record is in the ledger since this commit. `seconds`: since it landed. */
export interface ClosedFile extends KnownFile, Counts {
  readonly fileNo: FileNo;
  readonly quarantine: QuarantineReason | null;
  readonly quarantineDetail: string | null;
  readonly strayQuotes: StrayQuotes | null;
  readonly seconds: number;
}

export interface Commit extends Counts {
  /** Chunks that this commit claimed: 0 when all were in the ledger. */
  readonly chunks: number;
  readonly closed: readonly ClosedFile[];
}

/** The parameters that pin rules: chunk_rows, reader, and the others as JSON. */
export function pinnedParameters(rules: FileRules): [number, number, string] {
  return [rules.chunkRows, rules.reader, JSON.stringify(pinRules(rules))];
}

/** The ledger: the truth about every file version (I4). */
export class Ledger {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * Registers versions, pinning the rules that they are read by (I6). Those that are known are left as they are.
   *
   * @param folder the identity of the folder that they lie in
   */
  async register(
    versions: readonly NewVersion[],
    rules: FileRules,
    folder: string | null = null,
  ): Promise<void> {
    if (versions.length === 0) return;
    const rows = versions.map(({ name, token, changedAt, after, landedAt, stableAt, same }) => ({
      ...{ name, token, changed_at: changedAt, landed_at: landedAt, stable_at: stableAt },
      generation: after === undefined ? 0 : after.generation + 1,
      content_no: after === undefined ? 0 : after.contentNo + 1,
      ...{ content_hash: same?.contentHash ?? null, same_as: same?.fileNo ?? null },
    }));
    await run(this.#sql, 'intake/register', [JSON.stringify(rows), ...pinnedParameters(rules), folder]);
  }

  /** The versions among `files` that the ledger knows. */
  async find(files: readonly FoundFile[]): Promise<KnownVersion[]> {
    if (files.length === 0) return [];
    const wanted = JSON.stringify(files.map(({ name, token }) => ({ name, token })));
    type Row = Omit<KnownVersion, 'fileNo' | 'contentNo' | 'changedAt' | 'contentHash'> & {
      readonly file_no: FileNo;
      readonly content_no: number;
      readonly changed_at: string | null;
      readonly content_hash: string | null;
    };
    const rows = await run<Row>(this.#sql, 'intake/find-versions', [wanted]);
    return rows.map(
      ({
        file_no: fileNo,
        content_no: contentNo,
        changed_at: changedAt,
        content_hash: contentHash,
        ...row
      }) => ({
        ...row,
        ...{ fileNo, contentNo, changedAt, contentHash },
      }),
    );
  }

  /** Takes note that versions have the ctime `now`, with the same content as before. */
  async noteChanges(
    changes: readonly { readonly version: KnownVersion; readonly now: SeenFile }[],
  ): Promise<void> {
    if (changes.length === 0) return;
    const rows = changes.map(({ version, now }) => ({
      ...{ file_no: version.fileNo, was: version.changedAt, now: now.changedAt },
    }));
    await run(this.#sql, 'intake/note-changes', [JSON.stringify(rows)]);
  }

  /** As {@link noteChanges}, by an execution of a parse. False when it may not go on: others have read the version too. */
  async noteChangeInParse(fileNo: FileNo, was: string | null, now: string): Promise<boolean> {
    return (await run(this.#sql, 'intake/note-change-in-parse', [fileNo, was, now])).length > 0;
  }

  /** What has been loaded under these names: name -> content hash -> version. */
  async closedContents(names: readonly string[]): Promise<Map<string, Map<string, FileNo>>> {
    const contents = new Map<string, Map<string, FileNo>>();
    if (names.length === 0) return contents;
    const rows = await run<{ name: string; content_hash: string; file_no: FileNo }>(
      this.#sql,
      'intake/closed-contents',
      [[...names]],
    );
    for (const row of rows) {
      const hashes = contents.get(row.name) ?? new Map<string, FileNo>();
      contents.set(row.name, hashes.set(row.content_hash, row.file_no));
    }
    return contents;
  }

  /**
   * Versions still to be loaded, oldest first, after `after`.
   *
   * @param folder only those that were last seen in the folder of this identity, or in none
   */
  async open(after: FileNo | 0, limit: number, folder: string | null = null): Promise<OpenFile[]> {
    const rows = await run<OpenFile & { file_no: FileNo }>(this.#sql, 'intake/open-files', [
      after,
      limit,
      folder,
    ]);
    return rows.map(({ file_no, name, token, generation, first }) => ({
      fileNo: file_no,
      name,
      token,
      generation,
      first,
    }));
  }

  /** What a parse works on. Notes that reading begins. */
  async beginParse(fileNo: FileNo): Promise<FileToParse | undefined> {
    interface Row {
      readonly file_no: FileNo;
      readonly name: string;
      readonly token: Token;
      readonly changed_at: string | null;
      readonly chunk_rows: number;
      readonly reader: number;
      readonly rules: unknown;
      readonly closed: boolean;
      readonly gone: boolean;
      readonly begun: number;
      readonly committed: readonly number[];
    }
    const [row] = await run<Row>(this.#sql, 'intake/begin-parse', [fileNo]);
    if (row === undefined) return undefined;
    const { name, token, changed_at: changedAt, closed, gone, begun } = row;
    return {
      fileNo,
      name,
      token,
      changedAt,
      rules: pinnedRules(row),
      closed,
      gone,
      begun,
      committed: new Set(row.committed.map(Number)),
    };
  }

  /** An execution of a parse has ended before it staged anything of the version. */
  async noteUntouched(fileNo: FileNo): Promise<void> {
    await run(this.#sql, 'intake/note-untouched', [fileNo]);
  }

  /** A worker did not see a version that it was to read. False when that one is closed or gone by now. */
  async noteUnseen(fileNo: FileNo): Promise<boolean> {
    return (await run(this.#sql, 'intake/note-unseen', [fileNo])).length > 0;
  }

  /** Records that versions could not be read when they were to be. Returns those of which that is news. */
  async markGone(files: readonly FileNo[], why: GoneWhy): Promise<FileNo[]> {
    const rows = await run<{ file_no: FileNo }>(this.#sql, 'intake/mark-gone', [[...files], why]);
    return rows.map(({ file_no }) => file_no);
  }

  /** These versions lie in the folder of this identity now. */
  async noteFolder(files: readonly FileNo[], folder: string): Promise<void> {
    if (files.length > 0) await run(this.#sql, 'intake/note-folder', [[...files], folder]);
  }

  /** Versions still to be loaded that were last seen in another folder: how many, and the name of the first. */
  async openElsewhere(folder: string): Promise<{ files: number; file: string } | undefined> {
    const [row] = await run<{ files: number; file: string }>(this.#sql, 'intake/open-elsewhere', [folder]);
    return row !== undefined && row.files > 0 ? row : undefined;
  }

  /** Versions still to be loaded count as of the folder that a watcher sees next. */
  async forgetFolders(): Promise<void> {
    await run(this.#sql, 'intake/forget-folders', []);
  }

  /** Quarantines a version that ends its worker. False when it is closed. */
  async condemn(fileNo: FileNo, detail: string): Promise<boolean> {
    return (await run(this.#sql, 'intake/condemn', [fileNo, detail])).length > 0;
  }

  async markSeen(files: readonly FileNo[]): Promise<void> {
    if (files.length > 0) await run(this.#sql, 'intake/mark-seen', [[...files]]);
  }

  /**
   * Commits a micro-batch: chunks as they were staged, all together (I2), each at most once (I3).
   *
   * @param takenAt when they were taken from staging
   * @throws {PostgresFailure} with SL002 when the table drops or hides a row: a duplicate must see its other row
   */
  async commit(batchId: string, payloads: readonly string[], takenAt: Date | null = null): Promise<Commit> {
    return await tryAgainAtOnce(() => this.#commitOnce(batchId, payloads, takenAt));
  }

  async #commitOnce(batchId: string, payloads: readonly string[], takenAt: Date | null): Promise<Commit> {
    try {
      return await this.#sql.begin((transaction) =>
        commitIn(
          Object.assign(transaction, { eventsTable: this.#sql.eventsTable }),
          batchId,
          payloads,
          takenAt,
        ),
      );
    } catch (error) {
      throw classify(error);
    }
  }
}

/**
 * One statement, and a second one for the few duplicates whose other row was committed meanwhile: that one must be
 * seen to tell whether its content differs.
 */
async function commitIn(
  session: Session,
  batchId: string,
  payloads: readonly string[],
  takenAt: Date | null,
): Promise<Commit> {
  type ClosedRow = Omit<ClosedFile, 'fileNo' | 'changedAt' | 'quarantineDetail' | 'strayQuotes'> &
    LedgerStrayQuotes & {
      file_no: FileNo;
      changed_at: string | null;
      quarantine_detail: string | null;
    };
  type Row = Omit<Commit, 'closed'> & {
    commit_no: number | null;
    closed: readonly ClosedRow[];
    unseen: readonly object[];
  };
  const [row] = await run<Row>(session, 'commit/commit', [
    `[${payloads.join(',')}]`,
    batchId,
    takenAt?.toISOString() ?? null,
  ]);
  if (row === undefined) throw new Error('the commit statement returned no row');
  const { chunks, records, inserted, duplicates, rejects, commit_no, unseen } = row;
  const late = unseen.length === 0 ? [] : await lateConflicts(session, unseen, commit_no);
  killPoint('commit:in-transaction');
  const lateOf = new Map(late.map((file) => [file.file_no, file.conflicts]));
  const conflicts = row.conflicts + late.reduce((sum, file) => sum + file.conflicts, 0);
  const closed = row.closed.map(
    ({ file_no, changed_at, quarantine_detail, stray_quotes, stray_quote_at, ...file }) => ({
      ...file,
      changedAt: changed_at,
      strayQuotes: strayQuotesOf({ stray_quotes, stray_quote_at }),
      conflicts: file.conflicts + (lateOf.get(file_no) ?? 0),
      fileNo: file_no,
      quarantineDetail: quarantine_detail,
    }),
  );
  return { chunks, records, inserted, duplicates, conflicts, rejects, closed };
}

/** A duplicate that sees no other row now is none (I7). */
async function lateConflicts(
  session: Session,
  unseen: readonly object[],
  commitNo: number | null,
): Promise<readonly { readonly file_no: FileNo; readonly conflicts: number }[]> {
  type Row = {
    readonly conflicts: readonly { readonly file_no: FileNo; readonly conflicts: number }[];
    readonly unseen: Unseen | null;
  };
  const [row] = await run<Row>(session, 'commit/late-conflicts', [JSON.stringify(unseen), commitNo]);
  if (row?.unseen) throw rowsUnseen(session.eventsTable, row.unseen);
  return row?.conflicts ?? [];
}
