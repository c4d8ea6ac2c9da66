import { readiness } from '@sluice/pipeline';
import { ALIVE, type ProbeAnswer, readyAnswer } from '@sluice/process';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Dashboard } from './dashboard.ts';

const verbose = z.looseObject({ verbose: z.unknown() });

/** Kubernetes knows this key at all probes, and so do both of ours. */
const PROBE = { query: ['verbose'] };

/** Adds `/livez` and `/readyz`, which are open to everybody because an orchestrator has no password. */
export function addProbes(app: FastifyInstance, { stores, access }: Dashboard): void {
  app.get('/livez', { config: PROBE }, async (_, reply) => await send(reply, ALIVE));
  app.get('/readyz', { config: PROBE }, async (request, reply) => {
    const ready = await readiness(stores);
    const asked = verbose.safeParse(request.query).data?.verbose !== undefined;
    const known = asked && (await access.identify(request)).visitor !== undefined;
    return await send(reply, readyAnswer(ready, { verbose: asked, known }));
  });
}

async function send(reply: FastifyReply, { status, type, body }: ProbeAnswer): Promise<FastifyReply> {
  return await reply.status(status).header('cache-control', 'no-store').type(type).send(body);
}
