import { isForbidden, PostgresFailure } from '@sluice/ledger';
import { OperationRefused } from '@sluice/pipeline/without-redis';
import type { Logger } from '@sluice/process';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { z } from 'zod';
import { ServerAway } from '../server-watch.ts';
import type { failure } from './schemas.ts';

/** The SQLSTATEs of a table or a column that does not exist. */
const MISSING = new Set(['42P01', '42703']);

const READER = 'the user of DATABASE_READ_URL (or of DATABASE_URL, where that is not set)';

/** A request that is refused, with its HTTP status. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;

  constructor(status: number, code: string, message: string, hint: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** Sends every error in the same form. An unexpected error is logged, and the answer leaves out its message. */
export function tellRefusals(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const { status } = describe(error);
    if (status >= 500 && status !== 503)
      log.error({ err: error, path: request.routeOptions.url }, 'a question could not be answered');
    return await tellRefusal(reply, error);
  });
  app.setNotFoundHandler(async (_, reply) => {
    const error = { code: 'not_found', message: 'there is nothing at this address', hint: null, since: null };
    await reply.status(404).send({ error } satisfies z.infer<typeof failure>);
  });
}

/** What PostgreSQL said, without the number of its kind, which the code of the refusal says in a word. */
const bare = (message: string): string => message.replace(/^PostgreSQL failed: SQLSTATE \w{5}: /, '');

/** Sends an error as the answer. */
export async function tellRefusal(reply: FastifyReply, error: Error): Promise<FastifyReply> {
  const { status, ...about } = describe(error);
  return await reply.status(status).send({ error: about } satisfies z.infer<typeof failure>);
}

function describe(
  error: Error & { statusCode?: number },
): z.infer<typeof failure>['error'] & { readonly status: number } {
  const { message } = error;
  if (error instanceof Refusal) {
    return { status: error.status, code: error.code, message, hint: error.hint, since: null };
  }
  if (error instanceof ServerAway) {
    const hint = 'it is asked again and again; what it holds is shown when it is back';
    return { status: 503, code: `${error.server}_away`, message, hint, since: error.since.toISOString() };
  }
  if (error instanceof OperationRefused) {
    return { status: 409, code: 'refused', message, hint: error.hint, since: null };
  }
  if (error instanceof PostgresFailure && MISSING.has(error.sqlstate)) {
    const hint = 'run "npm run sluice -- migrate", and a dashboard of the same version';
    const words = `the database lacks what this version of the dashboard needs: ${bare(message)}`;
    return { status: 503, code: 'not_migrated', message: words, hint, since: null };
  }
  if (isForbidden(error) && /sluice_(rejects|conflicts)\b/.test(message)) {
    const words =
      'this dashboard may not read rejects and conflicts, which hold values of rows; other pages have their counts';
    const hint = `let ${READER} read them, or run "npm run sluice -- rejects" as the user of DATABASE_URL`;
    return { status: 403, code: 'not_shown', message: words, hint, since: null };
  }
  if (isForbidden(error)) {
    const hint = `let ${READER} read it, see config/postgres_setup.sql`;
    const words = `the dashboard lacks a right in the database: ${bare(message)}`;
    return { status: 503, code: 'no_permission', message: words, hint, since: null };
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return { status, code: 'bad_request', message, hint: null, since: null };
  const words = 'this is a fault of the dashboard; its log says more';
  return { status: 500, code: 'fault', message: words, hint: null, since: null };
}
