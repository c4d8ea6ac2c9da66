import { createHash, timingSafeEqual } from 'node:crypto';
import { queryFault } from '@sluice/process';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal, tellRefusal } from '../api/refusal.ts';
import type { Access, Visitor } from './access.ts';
import { originOf } from './origin.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is asking. Undefined at the few addresses that are open to everybody, and for METRICS_TOKEN. */
    visitor: Visitor | undefined;
  }
}

/** The addresses that are open to everybody: the log-in page with its files, and the health probes. */
const OPEN = new Set(['/livez', '/readyz', '/login', '/login.css', '/login.js', '/icon.svg']);
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Runs before every route, finds out who is asking, and refuses requests that are not allowed. A request with a method that is
 * not safe needs the role of an operator and must come from a page of this server. This includes Bull Board's own routes.
 */
export function guard(app: FastifyInstance, access: Access): void {
  app.decorateRequest('visitor', undefined);
  app.addHook('onRequest', async (request, reply) => {
    try {
      return await admit(request, reply, access);
    } catch (error) {
      // The refusal is sent here because Bull Board's plugin has its own error handler.
      if (error instanceof Refusal) return await tellRefusal(reply, error);
      throw error;
    }
  });
}

async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  access: Access,
): Promise<FastifyReply | undefined> {
  const path = request.url.split('?', 1)[0] ?? '';
  if (OPEN.has(path) || (path === '/metrics' && access.maySeeMetrics(request))) {
    refuseUnknown(request, reply);
    if (!SAFE.has(request.method)) refuseOtherSites(request);
    return undefined;
  }
  const { visitor, tooMany, shut } = await access.identify(request);
  if (tooMany !== undefined) {
    void reply.header('retry-after', tooMany);
    throw new Refusal(429, 'too_many_log_ins', `too many wrong passwords: try again in ${tooMany} s`);
  }
  if (visitor === undefined && isForPeople(request)) {
    return await reply.redirect(`/login?to=${encodeURIComponent(request.url)}`, 303);
  }
  if (shut !== undefined) {
    throw new Refusal(503, 'nobody_gets_in', `nobody can log in: ${shut.shown}`, shut.hint);
  }
  if (visitor === undefined) refuseStranger(request, reply, access);
  request.visitor = visitor;
  refuseUnknown(request, reply);
  if (!SAFE.has(request.method) && !request.is404) allowAction(request, visitor, path, access);
  return undefined;
}

/** Refuses a method and keys of the query that the address does not know. A mistyped key would otherwise be ignored. */
function refuseUnknown(
  { method, query, routeOptions: { config } }: FastifyRequest,
  reply: FastifyReply,
): void {
  if (config.allow !== undefined) {
    void reply.header('allow', config.allow);
    throw new Refusal(405, 'wrong_method', `${method} is not answered here, but ${config.allow}`);
  }
  const fault = config.query && queryFault(Object.keys(query ?? {}), config.query);
  if (fault !== undefined) throw new Refusal(400, 'bad_request', fault, 'see /api/openapi.json');
}

function allowAction(request: FastifyRequest, visitor: Visitor, path: string, access: Access): void {
  refuseOtherSites(request);
  if (path === '/logout') return;
  if (!visitor.mayAct) {
    const why = access.readOnly ? 'DASHBOARD_READ_ONLY is on' : 'that needs the role of an operator';
    throw new Refusal(403, 'forbidden', `${visitor.name} may look, but not act: ${why}`);
  }
  // A page of another site cannot make a browser send the header with the token, so no CSRF check is needed.
  if (visitor.by === 'token') return;
  if (!isSame(String(request.headers['x-sluice-csrf'] ?? ''), visitor.csrf)) {
    const hint = 'send the header x-sluice-csrf with the "csrf" of /api/session';
    throw new Refusal(403, 'csrf', 'an action must show that it is meant', hint);
  }
}

/** Compares in a time that does not reveal how much of the value is right. */
function isSame(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

function refuseOtherSites(request: FastifyRequest): void {
  if (originOf(request) === 'other') {
    throw new Refusal(403, 'cross_site', 'actions are not taken from pages of another site');
  }
}

/** Whether the request comes from a person, who is redirected to the log-in page. A program gets an error with a hint. */
function isForPeople({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html');
}

function refuseStranger(request: FastifyRequest, reply: FastifyReply, access: Access): never {
  if (access.users.door.kind === 'link') {
    const hint =
      'open the link that "npm run sluice -- dashboard-url" prints, or show a token of "npm run sluice -- user token NAME" as "Authorization: Bearer"';
    throw new Refusal(401, 'not_logged_in', 'this dashboard has no users yet', hint);
  }
  // Without this check, requests of our own page would make the browser show its password dialog.
  if (request.headers['sec-fetch-mode'] === undefined) {
    void reply.header('www-authenticate', ['Basic realm="sluice", charset="UTF-8"', 'Bearer']);
  }
  const hint =
    'log in at /login, or show a token of "npm run sluice -- user token NAME" as "Authorization: Bearer"';
  throw new Refusal(401, 'not_logged_in', 'name and password, or a token, are needed', hint);
}
