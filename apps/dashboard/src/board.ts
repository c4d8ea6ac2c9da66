import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { writeAudit } from '@sluice/postgres';
import { insertJob, parseJob, QUEUE_NAMES } from '@sluice/redis';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { tellRefusal } from './api/refusal.ts';
import { BOARD, failureAddress } from './board-address.ts';
import type { Dashboard } from './dashboard.ts';
import { BOARD_POLICY } from './headers.ts';

const ABOUT = {
  parse: 'one job a file: read it into staging',
  flush: 'makes micro-batches of what is staged',
  insert: 'one job a micro-batch: commit it',
} as const;

/** Bull Board at /queues. The guard stands before it; here it gets a policy of its own, and its actions are written down. */
export async function addBoard(app: FastifyInstance, { stores, servers, access }: Dashboard): Promise<void> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath(BOARD);
  createBullBoard({
    queues: QUEUE_NAMES.map((name) => {
      const queue = new BullMQAdapter(stores.queues[name], {
        readOnlyMode: access.readOnly,
        description: ABOUT[name],
        externalJobUrl: ({ id }) => ({
          href: failureAddress(name, String(id ?? '')),
          displayText: 'In Sluice',
        }),
      });
      queue.setFormatter('name', nameOf);
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
  app.get(BOARD, async (_, reply) => await reply.redirect(`${BOARD}/`, 308));
  await app.register(
    async (board) => {
      board.addHook('onSend', async (_request, reply, payload) => {
        void reply.header('content-security-policy', BOARD_POLICY);
        return typeof payload === 'string' ? payload.replace(OUTSIDE_FONT, '') : payload;
      });
      // Written down first: nothing is done that is not in the audit.
      board.addHook('preHandler', async (request, reply) => {
        const { visitor, method, url } = request;
        if (method === 'GET' || method === 'HEAD') return undefined;
        const who = `${visitor?.name ?? 'nobody'}@${request.ip}`;
        const entry = { action: 'board', subject: pathOf(url), detail: { method }, who };
        try {
          await servers.ask('postgres', () => writeAudit(stores.sql, entry));
          return undefined;
        } catch (error) {
          // Bull Board's plugin has an error handler of its own.
          return await tellRefusal(reply, error instanceof Error ? error : new Error(String(error)));
        }
      });
      await board.register(adapter.registerPlugin(), { prefix: '/' });
    },
    { prefix: BOARD },
  );
}

const NAMED = 3;
const named = z.object({ name: z.string(), data: z.unknown() });

/** The name of a job with the files and lines that it is about: a list of failed ones can be read without opening each. */
function nameOf(job: unknown): string {
  const { name = '', data } = named.safeParse(job).data ?? {};
  const parse = parseJob.safeParse(data);
  if (parse.success) return `${name} ${parse.data.file}`;
  const insert = insertJob.safeParse(data);
  if (!insert.success) return name;
  const { chunks } = insert.data;
  const spans = chunks.slice(0, NAMED).map(({ file, lines: [first, last] }) => `${file} ${first}-${last}`);
  const more = chunks.length > NAMED ? ` and ${chunks.length - NAMED} more` : '';
  return `${name}: ${spans.join(', ')}${more}`;
}

/** Its page would ask another host for a font; the system's will do. */
const OUTSIDE_FONT = /<link[^>]*fonts\.(?:googleapis|gstatic)\.com[^>]*>/g;

function pathOf(url: string): string {
  const path = decodeURIComponent(url.split('?', 1)[0] ?? '').slice(BOARD.length + '/api/'.length, 300);
  return path.replaceAll('\0', '\u2400'); // PostgreSQL's text has no NUL.
}
