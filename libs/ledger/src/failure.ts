import { hideSecrets, type TlsNames, tlsRefusal } from '@sluice/process';
import postgres from 'postgres';
import { isNoPartition, wordsOf } from './failure-words.ts';

/**
 * What an error means for the work that met it. `conflict`: try again at once. `outage`: PostgreSQL is not available. `data`:
 * PostgreSQL refused the values. `fault`: a person must correct something, such as a permission or a table.
 */
export type FailureKind = 'conflict' | 'outage' | 'transient' | 'data' | 'fault';

const CONFLICTS = new Set(['40001', '40P01']);
/** Class 28: the server does not let this user in, as when its password was changed and the file of the password is not yet. */
const OUTAGES =
  /^(08|28|57P0|53100|53300|25006|ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN|CONNECT|CONNECTION_)/;
const TRANSIENT = /^(40|53|55|57|58)/;
/** P0001: an operator's trigger raised an exception. */
const DATA = /^(22|23|P0001)/;

const TLS: TlsNames = {
  ca: 'PGSSLROOTCERT',
  certificate: 'PGSSLCERT and its key in PGSSLKEY',
  withoutTls: 'set ssl=on at the server; or PGSSLMODE=prefer, where nobody can listen on the way to it',
};

/** What to do where the server does not let the user in. It says no more to a client, which may be an attacker. */
const LET_IN: Readonly<Record<string, string>> = {
  '28P01': 'check the user and the password in DATABASE_URL or PG*',
  '28000':
    'check the user in DATABASE_URL or PG*, and whether the server lets it in (pg_hba.conf), with TLS or without (PGSSLMODE)',
};

/** Sluice's own code: the table does not show the row that makes another row a duplicate. */
export const UNSEEN = 'SL002';

/** A failure of PostgreSQL. Its message contains no value of any row (I10). */
export class PostgresFailure extends Error {
  override readonly name = 'PostgresFailure';
  readonly kind: FailureKind;
  readonly sqlstate: string;
  readonly constraint: string | null;
  readonly column: string | null;
  /** What to do, if the error alone tells. */
  readonly hint: string | undefined;

  constructor(
    kind: FailureKind,
    sqlstate: string,
    message: string,
    names: Pick<postgres.PostgresError, 'constraint_name' | 'column_name'> = {},
    hint?: string,
  ) {
    super(hideSecrets(message));
    this.hint = hint;
    this.kind = kind;
    this.sqlstate = sqlstate;
    this.constraint = names.constraint_name ?? null;
    this.column = names.column_name ?? null;
  }
}

/** Classifies an error by its SQLSTATE or the code of the connection error. Other errors are returned unchanged. */
export function classify(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const { code } = error;
  if (!(error instanceof postgres.PostgresError)) {
    const refusal = tlsRefusal(error, TLS);
    if (refusal === undefined) {
      return new PostgresFailure(
        kindOf(code),
        code,
        `PostgreSQL cannot be reached (${code}): ${error.message}`,
      );
    }
    // A session that cannot be secured counts as an outage, so the work waits until it can be.
    return new PostgresFailure('outage', code, `PostgreSQL is not used: ${refusal.reason}`, {}, refusal.hint);
  }
  const kind = isNoPartition(error) ? 'fault' : kindOf(code);
  return new PostgresFailure(kind, code, wordsOf(error, kind), error, LET_IN[code]);
}

/** Whether the role lacked a right. */
export function isForbidden(error: unknown): boolean {
  return error instanceof PostgresFailure && error.sqlstate === '42501';
}

/** The kind of failure that a SQLSTATE or the code of a connection error stands for. */
export function kindOf(code: string): FailureKind {
  if (CONFLICTS.has(code)) return 'conflict';
  if (OUTAGES.test(code)) return 'outage';
  if (DATA.test(code)) return 'data';
  return TRANSIENT.test(code) ? 'transient' : 'fault';
}

/** Rows that were not inserted, although the table shows no other rows with their keys. */
export interface Unseen {
  readonly rows: number;
  /** The place of the first of them. */
  readonly line?: number;
  readonly fileNo?: number;
}

/** The failure for unseen rows. A row that was removed meanwhile looks the same, so the work is tried again at once. */
export function rowsUnseen(table: string, { rows, line, fileNo: file }: Unseen): PostgresFailure {
  const what = rows === 1 ? 'a row that is' : `${rows} rows that are`;
  const first =
    line === undefined ? '' : ` (${rows === 1 ? '' : 'the first is '}line ${line} of file ${file})`;
  const message = `PostgreSQL failed: SQLSTATE ${UNSEEN}: the table ${table} left out ${what} not in it${first}. A trigger, a rule or row security of the table drops, changes or hides rows. Nothing was loaded or rejected: put the table right, then try again (a failed batch: npm run sluice -- retry)`;
  return new PostgresFailure('conflict', UNSEEN, message);
}

const TRIES = 20;

/**
 * Repeats work at once when it collided with another commit, which does not count as a failed attempt. If rows are still
 * unseen after the last try, the table is at fault.
 */
export async function tryAgainAtOnce<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PostgresFailure) || error.kind !== 'conflict') throw error;
      if (attempt < TRIES) continue;
      throw error.sqlstate === UNSEEN ? new PostgresFailure('fault', UNSEEN, error.message) : error;
    }
  }
}
