import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Access, COOKIE, cookieOf } from './access.ts';

const page = readFileSync(new URL('./login.html', import.meta.url), 'utf8');
const style = readFileSync(new URL('./login.css', import.meta.url));

const form = z.object({
  name: z.string().max(200),
  password: z.string().max(1000),
  to: z.string().max(500).default('/'),
});

/** The log-in, which works without JavaScript, and the way out. */
export function addLogin(app: FastifyInstance, access: Access): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 8_192 },
    (_, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.get('/login', async (request, reply) => {
    const to = ownAddress(z.object({ to: z.string().default('/') }).safeParse(request.query).data?.to ?? '/');
    if (access.local || (await access.identify(request)).visitor !== undefined)
      return await reply.redirect(to, 303);
    return await show(reply, 200, '', to);
  });
  app.get('/login.css', async (_, reply) => await reply.type('text/css; charset=utf-8').send(style));
  app.post('/login', async (request, reply) => await logIn(request, reply, access));
  app.post('/logout', async (request, reply) => {
    access.sessions.end(cookieOf(request) ?? '');
    return await reply.header('set-cookie', cookie('', request, 0)).redirect('/login', 303);
  });
}

async function logIn(request: FastifyRequest, reply: FastifyReply, access: Access): Promise<FastifyReply> {
  const given = form.safeParse(request.body);
  if (!given.success) return await show(reply, 400, 'Name and password are needed.', '/');
  const { name, password, to } = given.data;
  const user = await access.logIn({ name, password }, request.ip);
  if (typeof user === 'number') {
    void reply.header('retry-after', user);
    return await show(
      reply,
      429,
      `Too many wrong passwords. Try again in ${Math.ceil(user / 60)} minutes.`,
      to,
    );
  }
  if (user === undefined) return await show(reply, 401, 'Name or password is wrong.', to);
  // One that was there before is not taken over.
  access.sessions.end(cookieOf(request) ?? '');
  return await reply
    .header('set-cookie', cookie(access.sessions.begin(user), request))
    .redirect(ownAddress(to), 303);
}

function cookie(secret: string, request: FastifyRequest, maxAge?: number): string {
  const secure = request.headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
  const end = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  return `${COOKIE}=${secret}; Path=/; HttpOnly; SameSite=Strict${secure}${end}`;
}

async function show(reply: FastifyReply, status: number, message: string, to: string): Promise<FastifyReply> {
  const html = page
    .replace('{{message}}', () => (message === '' ? '' : `<p role="alert">${escaped(message)}</p>`))
    .replace('{{to}}', () => escaped(ownAddress(to)));
  return await reply
    .status(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(html);
}

/** Only a path of this server: a log-in leads nowhere else. */
function ownAddress(to: string): string {
  return /^\/(?![/\\])[^\s\\]*$/.test(to) ? to : '/';
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
