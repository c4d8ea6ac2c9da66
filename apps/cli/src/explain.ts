import { classify, PostgresFailure } from '@sluice/ledger';
import { ErrorWithHint, fileTrouble, hideSecrets } from '@sluice/process';

/** The error for a server that does not answer. Secrets in `url` are hidden. */
export function unreachable(
  server: 'PostgreSQL' | 'Redis',
  url: string,
  reason: string,
  hint?: string,
): ErrorWithHint {
  const variable = server === 'Redis' ? 'REDIS_URL' : 'DATABASE_URL';
  return new ErrorWithHint(
    `${server} cannot be used at ${hideSecrets(url)}: ${reason}`,
    hint ?? `start that server or correct ${variable}; without ${variable}, npm start brings its own`,
  );
}

const remedies: Readonly<Record<string, string>> = {
  '3D000': 'create that database (createdb), or name another in DATABASE_URL or PGDATABASE',
  '42501':
    'grant that permission to the user of DATABASE_URL or PG*; to migrate, name the owner of the tables in DATABASE_OWNER_URL',
  '53100': 'free space on the disk of PostgreSQL',
  '25006': 'point DATABASE_URL at the primary: this server only reads',
  '42P01':
    'make the missing table ("npm run sluice -- migrate" makes those of the ledger), or name another database',
  '57P03': 'wait until the server has started, then try again',
  '53300': 'raise max_connections of the server, or run fewer workers',
};

/** For a failure of PostgreSQL of which nothing better is known. */
const ANY_FAILURE = 'run "npm run sluice -- doctor", and look into the log of PostgreSQL';

/** The error codes of failed connections, in words. */
export const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no host has that name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  CONNECT_TIMEOUT: 'no answer',
  ETIMEDOUT: 'no answer',
};

/** Describes an error of the PostgreSQL driver: where it happened and what to do. Other errors are returned unchanged. */
export function namedFailure(url: string, error: unknown): unknown {
  const failure = classify(error);
  if (!(failure instanceof PostgresFailure)) return failure;
  const { kind, sqlstate, message } = failure;
  const said = message.replace(/^PostgreSQL (?:failed|cannot be reached|is not used): /, '');
  const reason = reasons[sqlstate] ?? said.replace(/^SQLSTATE \w{5}: /, '');
  const way = failure.hint ?? remedies[sqlstate];
  return kind === 'outage' || way ? unreachable('PostgreSQL', url, reason, way) : failure;
}

/** What failed, and on a second line what to do. The stack is shown only if the error is a bug in this program. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return hideSecrets(String(error));
  const fault = [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
  const text = fault ? (error.stack ?? error.message) : error.message;
  const known = error instanceof PostgresFailure ? (remedies[error.sqlstate] ?? ANY_FAILURE) : undefined;
  const trouble = fault ? undefined : fileTrouble(error);
  if (trouble !== undefined) return explain(trouble);
  if (error.message.startsWith('READONLY'))
    return 'Redis is a read-only replica\nWhat to do: point REDIS_URL at the primary.';
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : known;
  return hideSecrets(hint === undefined ? text : `${text}\nWhat to do: ${hint}.`);
}
