import { hideSecrets, type TlsNames, tlsRefusal } from '@sluice/runtime';
import postgres from 'postgres';

/**
 * What an error means for the work that met it. `conflict`: try again at once. `outage`: PostgreSQL is away. `data`:
 * it refused the values. `fault`: a person must mend something, such as a permission or a table.
 */
export type FailureKind = 'conflict' | 'outage' | 'transient' | 'data' | 'fault';

const CONFLICTS = new Set(['40001', '40P01']);
const OUTAGES =
  /^(08|57P0|53100|53300|25006|ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN|CONNECT|CONNECTION_)/;
const TRANSIENT = /^(40|53|55|57|58)/;
/** P0001: an operator's trigger raised an exception. */
const DATA = /^(22|23|P0001)/;

const TLS: TlsNames = {
  ca: 'PGSSLROOTCERT',
  certificate: 'PGSSLCERT and its key in PGSSLKEY',
  withoutTls: 'set ssl=on at the server; or PGSSLMODE=prefer, where nobody can listen on the way to it',
};

/** A failure of PostgreSQL in words that hold no value of any row (I10), and that say what to do. */
export class PostgresFailure extends Error {
  override readonly name = 'PostgresFailure';
  readonly kind: FailureKind;
  readonly sqlstate: string;
  readonly constraint: string | null;
  readonly column: string | null;
  /** What to do, where that is known from the error alone. */
  readonly hint: string | undefined;

  constructor(kind: FailureKind, sqlstate: string, error: Error) {
    const refusal = error instanceof postgres.PostgresError ? undefined : tlsRefusal(error, TLS);
    super(hideSecrets(refusal ? `PostgreSQL is not used: ${refusal.reason}` : words(error, sqlstate, kind)));
    this.hint = refusal?.hint;
    // A session that cannot be secured is as good as none: the work waits until it can.
    this.kind = refusal ? 'outage' : kind;
    this.sqlstate = sqlstate;
    this.constraint = error instanceof postgres.PostgresError ? (error.constraint_name ?? null) : null;
    this.column = error instanceof postgres.PostgresError ? (error.column_name ?? null) : null;
  }
}

/** Classes an error by SQLSTATE, or by the code of the connection's error. Other errors are returned as they are. */
export function classify(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  if (error instanceof PostgresFailure) return error;
  return new PostgresFailure(kindOf(error.code), error.code, error);
}

function kindOf(code: string): FailureKind {
  if (CONFLICTS.has(code)) return 'conflict';
  if (OUTAGES.test(code)) return 'outage';
  if (DATA.test(code)) return 'data';
  return TRANSIENT.test(code) ? 'transient' : 'fault';
}

/** A server's message on data quotes the values, so those are told by code and constraint alone. */
function words(error: Error, code: string, kind: FailureKind): string {
  if (!(error instanceof postgres.PostgresError))
    return `PostgreSQL cannot be reached (${code}): ${error.message}`;
  const where = [error.table_name, error.column_name].filter(Boolean).join('.');
  const constraint = error.constraint_name ? ` constraint ${error.constraint_name}` : '';
  if (kind === 'data')
    return `PostgreSQL refused the values: SQLSTATE ${code}${constraint}${where && ` on ${where}`}`;
  return `PostgreSQL failed: SQLSTATE ${code}: ${error.message}`;
}
