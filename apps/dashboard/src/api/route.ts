import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Visitor } from '../access/access.ts';
import type { Dashboard } from '../dashboard.ts';
import { CsvFile } from './csv-file.ts';
import { Refusal } from './refusal.ts';

type Shape = z.ZodType<object>;

/** What a route receives: the request, checked by its schemas, and who is asking from where. */
interface Asked<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly visitor: Visitor;
  /** The visitor and their address, for the audit. */
  readonly who: string;
}

/** One route of the API. The OpenAPI document is made from the same schemas. */
export interface Route<P extends Shape, Q extends Shape, B extends Shape, A extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  /** The path, with `{name}` for each parameter in `params`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer: A;
  answerTo(asked: Asked<z.output<P>, z.output<Q>, z.output<B>>, dashboard: Dashboard): Promise<z.input<A>>;
}

export type AnyRoute = Omit<Route<Shape, Shape, Shape, z.ZodType>, 'answerTo'> & {
  answerTo(asked: Asked<never, never, never>, dashboard: Dashboard): Promise<unknown>;
};

/** Defines a route, so that the types of its request and answer follow from its schemas. */
export function route<
  A extends z.ZodType,
  P extends Shape = z.ZodType<Record<never, never>>,
  Q extends Shape = z.ZodType<Record<never, never>>,
  B extends Shape = z.ZodType<Record<never, never>>,
>(described: Route<P, Q, B, A>): AnyRoute {
  return described;
}

export function addRoute(app: FastifyInstance, described: AnyRoute, dashboard: Dashboard): void {
  const { method, path, params, query, body } = described;
  app.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { query: query instanceof z.ZodObject ? Object.keys(query.shape) : [] },
    handler: async (request, reply) => {
      const { visitor } = request;
      if (visitor === undefined) throw new Refusal(401, 'not_logged_in', 'name and password are needed');
      const asked = {
        params: checked('the address', params, request.params) as never,
        query: checked('the query', query, request.query) as never,
        body: checked('the body', body, request.body) as never,
        visitor,
        who: `${visitor.name}@${request.ip}`,
      };
      const answer = await described.answerTo(asked, dashboard);
      void reply.header('cache-control', 'no-store');
      if (!(answer instanceof CsvFile)) return await reply.send(answer);
      const named = { 'content-disposition': `attachment; filename="${answer.name}"` };
      return await reply.headers(named).type('text/csv; charset=utf-8').send(answer.stream());
    },
  });
}

function checked(what: string, schema: Shape | undefined, value: unknown): object {
  const result = (schema ?? z.looseObject({})).safeParse(value ?? {});
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  );
  throw new Refusal(
    400,
    'bad_request',
    `${what} is not understood: ${wrong.join('; ')}`,
    'see /api/openapi.json',
  );
}

/** A time as the API writes it. */
export function iso<D extends Date | null>(date: D): D extends Date ? string : string | null {
  return (date?.toISOString() ?? null) as D extends Date ? string : string | null;
}
