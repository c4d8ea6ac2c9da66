import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { errorHandler } from '@bull-board/api/dist/handlers/error.js';
import { FastifyAdapter } from '@bull-board/fastify';
import { QUEUE_NAMES, type QueueName, readJob } from '@sluice/staging';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { Refusal, tellRefusal } from './api/refusal.ts';
import { BOARD, failureAddress } from './board-address.ts';
import type { Dashboard } from './dashboard.ts';
import { BOARD_POLICY } from './headers.ts';

const ABOUT = {
  parse: 'one job a file: read it into staging',
  flush: 'makes micro-batches of what is staged',
  insert: 'one job a micro-batch: commit it',
} as const;

/** Adds Bull Board at /queues, to look at jobs. The guard runs before it. It gets its own Content-Security-Policy here. */
export async function addBoard(app: FastifyInstance, { stores }: Dashboard): Promise<void> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath(BOARD);
  const queues = stores.queues.board();
  createBullBoard({
    queues: QUEUE_NAMES.map((name) => {
      const queue = new BullMQAdapter(queues[name], {
        readOnlyMode: true,
        description: ABOUT[name],
        externalJobUrl: ({ id }) => ({
          href: failureAddress(name, String(id ?? '')),
          displayText: 'In Sluice',
        }),
      });
      queue.setFormatter('name', (job) => nameOf(name, job));
      return queue;
    }),
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: 'Sluice queues',
        miscLinks: [{ text: 'Back to Sluice', url: '/' }],
        hideDocsLink: true,
        sortQueues: false,
      },
    },
  });
  // The default handler would send the stack if NODE_ENV is "development".
  adapter.setErrorHandler((error) => {
    const { status = 500 } = errorHandler(error);
    return { status, body: { message: error.message } };
  });
  app.get(BOARD, async (_, reply) => await reply.redirect(`${BOARD}/`, 308));
  await app.register(
    async (board) => {
      // All actions are refused, whatever its next version offers. Our own pages have them, confirmed and audited.
      board.addHook('onRequest', async (request, reply) => {
        if (request.method === 'GET' || request.method === 'HEAD') return undefined;
        const hint = 'pause, resume and retry on the pages "Queues" and "Failures" of the dashboard';
        return await tellRefusal(reply, new Refusal(403, 'board_shows_only', 'Bull Board only shows', hint));
      });
      board.addHook('onSend', async ({ visitor, routeOptions: { url } }, reply, payload) => {
        void reply.header('content-security-policy', BOARD_POLICY);
        if (typeof payload !== 'string') return payload;
        const jobs = url?.startsWith(`${BOARD}/api/`) === true && !url.endsWith('/metrics');
        return jobs && !visitor?.values ? withoutValues(payload) : payload.replace(OUTSIDE_FONT, '');
      });
      await board.register(adapter.registerPlugin(), { prefix: '/' });
    },
    { prefix: BOARD },
  );
}

const NAMED = 3;
const shown = z.object({ name: z.string(), data: z.unknown() });

/** The name of a job with its files and lines, so that a list of failed jobs can be read without opening each one. */
function nameOf(queue: QueueName, job: unknown): string {
  const { name = '', data } = shown.safeParse(job).data ?? {};
  const content = readJob(queue, { name, data });
  if (content.outcome !== 'read') return name;
  if ('file' in content.value) return `${name} ${content.value.file}`;
  if (!('chunks' in content.value)) return name;
  const { chunks } = content.value;
  const named = chunks.slice(0, NAMED);
  const spans = named.map(({ file, firstLine, lastLine }) => `${file} ${firstLine}-${lastLine}`);
  const more = chunks.length > NAMED ? ` and ${chunks.length - NAMED} more` : '';
  return `${name}: ${spans.join(', ')}${more}`;
}

/** Bull Board's page would load a font from another host. The system's font is good enough. */
const OUTSIDE_FONT = /<link[^>]*fonts\.(?:googleapis|gstatic)\.com[^>]*>/g;

/** Sluice's own jobs contain no values of rows (I10), but anyone who can write to Redis can add jobs that do. */
function withoutValues(json: string): string {
  const hidden = new Set(['data', 'returnValue', 'stacktrace', 'progress']);
  const shown = (key: string, value: unknown): unknown =>
    hidden.has(key) && value !== null ? 'shown to users who were given --values' : value;
  return JSON.stringify(JSON.parse(json, shown));
}
