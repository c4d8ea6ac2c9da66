import { version } from '@sluice/process';
import { z } from 'zod';
import type { AnyRoute } from './route.ts';
import { failure } from './schemas.ts';

/** The OpenAPI document, made from the schemas that the routes check requests against. */
export function openApi(routes: readonly AnyRoute[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version,
      description:
        'All that the dashboard shows. Times are ISO 8601 in UTC, ages and latencies seconds, sizes bytes. Actions need the role of an operator and, where no token is shown, the header x-sluice-csrf with the "csrf" of /api/session.',
    },
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

function operationOf({ method, summary, params, query, body, answer }: AnyRoute): object {
  const csrf = { name: 'x-sluice-csrf', in: 'header', required: false, schema: { type: 'string' } };
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
        description: 'The answer',
        content: { 'application/json': { schema: jsonSchema(answer, 'output') } },
      },
      default: {
        description: 'Why there is none',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } },
      },
    },
  };
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.looseObject({})).default({}),
  required: z.array(z.string()).default([]),
});

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): object[] {
  if (schema === undefined) return [];
  const { properties, required } = objectSchema.parse(jsonSchema(schema, 'input'));
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
