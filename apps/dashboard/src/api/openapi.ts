import { version } from '@sluice/process';
import { z } from 'zod';
import { csvFile } from './csv-file.ts';
import type { AnyRoute } from './route.ts';
import { failure } from './schemas.ts';

/** The OpenAPI document, made from the schemas that the routes check requests against. */
export function openApi(operations: Readonly<Record<string, AnyRoute>>): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [operationId, route] of Object.entries(operations)) {
    const operation = { operationId, ...operationOf(route) };
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version,
      description:
        'All that the dashboard shows. Times are ISO 8601 in UTC, ages and latencies seconds, sizes bytes. Actions need the role of an operator and, where no token is shown, the header x-sluice-csrf with the "csrf" of /api/session.',
    },
    servers: [{ url: '/', description: 'The dashboard that this document came from' }],
    security: [{ bearer: [] }, { basic: [] }, { session: [] }],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic' },
        session: { type: 'apiKey', in: 'cookie', name: 'sluice_session' },
      },
      schemas: { Failure: jsonSchema(failure, 'output') },
    },
    paths,
  };
}

/** What each refusal means, besides what its `error` says. */
const REFUSALS = {
  400: 'The request is not understood: the message names what is wrong with it',
  401: 'Nobody is logged in, or the token is wrong',
  403: 'This user, or this dashboard, may not do that',
  404: 'What the request names does not exist',
  409: 'It cannot be done now: the message says why',
  429: 'Too many wrong passwords: the header retry-after says how long to wait',
  503: 'PostgreSQL or Redis is away ("since" says since when), or the database is not migrated',
} as const;

const csrf = {
  name: 'x-sluice-csrf',
  in: 'header',
  required: false,
  description: 'The "csrf" of /api/session; needed unless a token is shown',
  schema: { type: 'string' },
};

function operationOf({ method, summary, params, query, body, answer }: AnyRoute): object {
  const refusals = Object.entries(REFUSALS).filter(([status]) => method === 'POST' || status !== '409');
  return {
    summary,
    parameters: [
      ...parametersOf(params, 'path'),
      ...parametersOf(query, 'query'),
      ...(method === 'POST' ? [csrf] : []),
    ],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body, 'input') } } },
    }),
    responses: {
      200: {
        description: answer.description ?? summary,
        content:
          answer === csvFile
            ? { 'text/csv': { schema: { type: 'string' } } }
            : { 'application/json': { schema: jsonSchema(answer, 'output') } },
      },
      ...Object.fromEntries(refusals.map(([status, description]) => [status, refused(description)])),
      default: refused('Any other refusal, or a fault of the dashboard'),
    },
  };
}

function refused(description: string): object {
  const schema = { $ref: '#/components/schemas/Failure' };
  return { description, content: { 'application/json': { schema } } };
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.looseObject({})).default({}),
  required: z.array(z.string()).default([]),
});

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): object[] {
  if (schema === undefined) return [];
  // What a parameter is converted to says more than the text that it is converted from.
  const { properties } = objectSchema.parse(jsonSchema(schema, 'output'));
  const { required } = objectSchema.parse(jsonSchema(schema, 'input'));
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema: property,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}
