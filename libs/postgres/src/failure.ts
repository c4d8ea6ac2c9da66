import postgres from 'postgres';

/**
 * What an error means for the work that met it. `conflict`: try again at once. `outage`: PostgreSQL is away. `data`:
 * it refused the values. `fault`: a person must mend something, such as a permission or a table.
 */
export type FailureKind = 'conflict' | 'outage' | 'transient' | 'data' | 'fault';

const CONFLICTS = new Set(['40001', '40P01']);
const OUTAGES = /^(08|57P0|ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN|CONNECT|CONNECTION_)/;
const TRANSIENT = /^(40|53|55|57|58)/;
const DATA = /^(22|23)/;

/** A failure of PostgreSQL in words that hold no value of any row (I10), and that say what to do. */
export class PostgresFailure extends Error {
  override readonly name = 'PostgresFailure';
  readonly kind: FailureKind;
  readonly sqlstate: string;

  constructor(kind: FailureKind, sqlstate: string, message: string) {
    super(message);
    this.kind = kind;
    this.sqlstate = sqlstate;
  }
}

/** Classes an error by SQLSTATE, or by the code of the connection's error. Other errors are returned as they are. */
export function classify(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const kind = kindOf(error.code);
  return new PostgresFailure(kind, error.code, words(error, error.code, kind));
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
