import { classify, PostgresFailure } from '@sluice/ledger';
import { ErrorWithHint, hideSecrets } from '@sluice/process';
import { redisRefusal } from '@sluice/staging';

/** A server does not answer. `url` may carry secrets: they are hidden. */
export function unreachable(
  server: 'PostgreSQL' | 'Redis',
  url: string,
  reason: string,
  hint?: string,
): ErrorWithHint {
  const variable = server === 'Redis' ? 'REDIS_URL' : 'DATABASE_URL';
  return new ErrorWithHint(
    `${server} cannot be used at ${hideSecrets(url)}: ${reason}`,
    hint ?? `start that server or mend ${variable}; without ${variable}, npm start brings its own`,
  );
}

const mended: Readonly<Record<string, string>> = {
  '28P01': 'check the user and the password in DATABASE_URL or PG*',
  '28000':
    'check the user in DATABASE_URL or PG*, and whether the server lets it in (pg_hba.conf), with TLS or without (PGSSLMODE)',
  '3D000': 'create that database (createdb), or name another in DATABASE_URL or PGDATABASE',
  '42501':
    'grant that permission to the user of DATABASE_URL or PG*; to migrate, name the owner of the tables in DATABASE_OWNER_URL',
  '53300': 'raise max_connections of the server, or run fewer workers',
};

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no host has that name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  CONNECT_TIMEOUT: 'no answer',
  ETIMEDOUT: 'no answer',
};

/** The error of a driver in words that say where and what to do; other errors as they are. */
export function namedFailure(
  server: 'PostgreSQL' | 'Redis',
  url: string,
  error: unknown,
  hint?: string,
): unknown {
  const failure = server === 'PostgreSQL' ? classify(error) : error;
  if (failure instanceof PostgresFailure) {
    const { kind, sqlstate, message } = failure;
    const reason =
      reasons[sqlstate] ?? message.replace(/^PostgreSQL (?:failed|cannot be reached|is not used): /, '');
    const way = failure.hint ?? mended[sqlstate] ?? hint;
    return kind === 'outage' || way ? unreachable(server, url, reason, way) : failure;
  }
  if (server === 'Redis' && error instanceof Error) {
    const code = 'code' in error ? String(error.code) : '';
    const credentials = /NOAUTH|WRONGPASS|invalid password|without any password/i.test(error.message);
    const refusal = redisRefusal(url, error);
    const way = credentials ? 'check the user and the password in REDIS_URL' : (refusal?.hint ?? hint);
    return unreachable(server, url, refusal?.reason ?? reasons[code] ?? (error.message || code), way);
  }
  return failure;
}

/** What failed, and on a second line what to do. A stack only where the error is a fault of this program. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return hideSecrets(String(error));
  const fault = [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
  const text = fault ? (error.stack ?? error.message) : error.message;
  const known = error instanceof PostgresFailure ? mended[error.sqlstate] : undefined;
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : known;
  return hideSecrets(hint === undefined ? text : `${text}\nWhat to do: ${hint}.`);
}
