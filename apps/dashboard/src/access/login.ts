import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Access, COOKIE, cookieOf } from './access.ts';
import { type LoginPage, loginPage } from './login-page.ts';

const style = readFileSync(new URL('./login.css', import.meta.url));
const script = readFileSync(new URL('./login.js', import.meta.url));

const query = z.object({ to: z.string().catch('/'), token: z.string().max(100).optional().catch('') });

const form = z.object({
  name: z.string().max(200),
  password: z.string().max(1000),
  to: z.string().catch('/'),
});

const USED = 'This link was used already, or a newer one was made.';

/** Adds the log-in, which works without JavaScript, and the log-out. */
export function addLogin(app: FastifyInstance, access: Access): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 8_192 },
    (_, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.get('/login', async (request, reply) => await welcome(request, reply, access));
  app.get('/login.css', async (_, reply) => await reply.type('text/css; charset=utf-8').send(style));
  app.get('/login.js', async (_, reply) => await reply.type('text/javascript; charset=utf-8').send(script));
  app.post('/login', async (request, reply) => await logIn(request, reply, access));
  app.post('/logout', async (request, reply) => {
    access.sessions.end(cookieOf(request) ?? '');
    return await reply.header('set-cookie', cookie('', request, 0)).redirect('/login', 303);
  });
}

async function welcome(request: FastifyRequest, reply: FastifyReply, access: Access): Promise<FastifyReply> {
  const { to, token } = query.parse(request.query);
  const { visitor, shut } = await access.identify(request);
  if (visitor !== undefined) return await reply.redirect(ownAddress(to), 303);
  if (shut !== undefined) return await show(reply, 503, { shows: 'shut', why: shut, to });
  if (access.users.door.kind === 'users') return await show(reply, 200, { shows: 'form', message: '', to });
  if (token === undefined || !isOpened(request))
    return await show(reply, 200, { shows: 'link', message: '' });
  const secret = access.followLink(token, request.ip);
  if (secret === undefined) return await show(reply, 401, { shows: 'link', message: USED });
  return await show(reply.header('set-cookie', cookie(secret, request)), 200, { shows: 'welcome', to });
}

/** Whether somebody really opens the page. A browser that only prefetches it must not use up the link. */
function isOpened({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers['sec-purpose'] === undefined && headers.purpose === undefined;
}

async function logIn(request: FastifyRequest, reply: FastifyReply, access: Access): Promise<FastifyReply> {
  const { door } = access.users;
  if (door.kind === 'shut') return await show(reply, 503, { shows: 'shut', why: door.why, to: '/' });
  if (door.kind === 'link') return await show(reply, 401, { shows: 'link', message: '' });
  const given = form.safeParse(request.body);
  const again = async (status: number, message: string, to = '/') =>
    await show(reply, status, { shows: 'form', message, to });
  if (!given.success) return await again(400, 'Name and password are needed.');
  const { name, password, to } = given.data;
  const secret = await access.logIn({ name, password }, request.ip);
  if (typeof secret === 'number') {
    void reply.header('retry-after', secret);
    return await again(429, `Too many wrong passwords. Try again in ${inWords(secret)}.`, to);
  }
  if (secret === undefined) return await again(401, 'Name or password is wrong.', to);
  // An older session of this browser ends and is never reused.
  access.sessions.end(cookieOf(request) ?? '');
  return await reply.header('set-cookie', cookie(secret, request)).redirect(ownAddress(to), 303);
}

function inWords(seconds: number): string {
  return seconds < 60 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

function cookie(secret: string, request: FastifyRequest, maxAge?: number): string {
  const secure = request.headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
  const end = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  return `${COOKIE}=${secret}; Path=/; HttpOnly; SameSite=Strict${secure}${end}`;
}

async function show(reply: FastifyReply, status: number, page: LoginPage): Promise<FastifyReply> {
  const html = loginPage('to' in page ? { ...page, to: ownAddress(page.to) } : page);
  return await reply
    .status(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(html);
}

/** Allows only a path of this server in characters that an address may have, so that a log-in cannot lead to another site. */
function ownAddress(to: string): string {
  return /^\/(?![/\\])[!"$-[\]-~]*(#[!-~]*)?$/.test(to) ? to : '/';
}
