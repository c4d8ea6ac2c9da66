import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { appRoutes } from '@bull-board/api/dist/routes.js';
import { makeUser, writeUsers } from '@sluice/runtime';
import type { InjectOptions } from 'fastify';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../src/api/routes.ts';
import { OWN, type TestDashboard, testDashboard } from './test-dashboard.ts';

const PASSWORDS = { ada: 'correct horse', eve: 'battery staple' } as const;
let users: Awaited<ReturnType<typeof makeUser>>[];
let dashboard: TestDashboard;

beforeAll(async () => {
  users = [await makeUser('ada', 'operator', PASSWORDS.ada), await makeUser('eve', 'viewer', PASSWORDS.eve)];
});

afterEach(() => dashboard.close());

async function withUsers(env: Record<string, string> = {}): Promise<void> {
  dashboard = await testDashboard(env);
  writeUsers(usersFile(), users);
}

const usersFile = () => join(dashboard.env.DATA_DIR ?? '', 'users.json');

const basic = (name: keyof typeof PASSWORDS, password: string = PASSWORDS[name]) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});

async function ask(
  o: InjectOptions,
): Promise<{ status: number; code: string | undefined; headers: Record<string, unknown> }> {
  const answer = await dashboard.app.inject({ ...o, headers: { ...OWN, ...o.headers } });
  const json = String(answer.headers['content-type']).startsWith('application/json')
    ? answer.json()
    : undefined;
  return { status: answer.statusCode, code: json?.error?.code, headers: answer.headers };
}

async function logIn(name: string, password: string, headers: object = {}) {
  const payload = new URLSearchParams({ name, password, to: '/' }).toString();
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return await ask({ method: 'POST', url: '/login', payload, headers: { ...type, ...headers } });
}

/** The cookie of a new session, and what an action has to show. */
async function session(name: keyof typeof PASSWORDS): Promise<{ cookie: string; 'x-sluice-csrf': string }> {
  const { status, headers } = await logIn(name, PASSWORDS[name]);
  expect(status).toBe(303);
  const [cookie = ''] = String(headers['set-cookie']).split(';', 1);
  const answer = await dashboard.app.inject({ url: '/api/session', headers: { ...OWN, cookie } });
  return { cookie, 'x-sluice-csrf': answer.json().csrf };
}

/** Every route of Bull Board that is more than a look, of this version and of the next ones. */
const BOARD_ACTIONS = appRoutes.api.flatMap(({ method, route }) =>
  [method].flat().flatMap((verb) =>
    verb === 'get'
      ? []
      : [route].flat().map((path) => {
          const own = path
            .replace(':queueName', 'insert')
            .replace(':queueStatus', 'failed')
            .replaceAll(/:\w+/g, 'x');
          return [verb.toUpperCase() as 'PUT', `/queues${own}`] as const;
        }),
  ),
);

const LOOKS = [
  ...ROUTES.filter(({ method }) => method === 'GET').map(({ path }) => path),
  ...[
    '/api/openapi.json',
    '/metrics',
    '/queues',
    '/queues/',
    '/queues/api/queues',
    '/queues/queue/parse',
    '/',
    '/uplot.js',
  ],
].map((path) =>
  path
    .replace('{fileNo}', '1')
    .replace('{queue}', 'insert')
    .replace(/\{\w+\}/, 'x'),
);

const ACTIONS = [
  ...ROUTES.filter(({ method }) => method === 'POST').map(({ path }) => ['POST', path] as const),
  ...BOARD_ACTIONS,
];

describe('where there are users', () => {
  it('nobody sees or does anything without a name and a password, whatever the address', async () => {
    await withUsers();
    for (const url of LOOKS) expect([url, (await ask({ url })).status]).toEqual([url, 401]);
    for (const [method, url] of ACTIONS)
      expect([url, (await ask({ method, url })).status]).toEqual([url, 401]);
    const page = await ask({ url: '/', headers: { accept: 'text/html' } });
    expect([page.status, page.headers.location]).toEqual([303, '/login?to=%2F']);
    for (const url of ['/livez', '/readyz', '/login', '/login.css']) {
      expect([url, (await ask({ url })).status]).toEqual([url, 200]);
    }
    expect((await ask({ method: 'POST', url: '/livez' })).status).toBe(401);
  });

  it('a viewer sees everything and does nothing, on Bull Board neither; an operator does', async () => {
    await withUsers();
    expect(BOARD_ACTIONS.length).toBeGreaterThan(20);
    const [viewer, operator] = [await session('eve'), await session('ada')];
    for (const url of LOOKS) {
      const { status } = await ask({ url, headers: viewer });
      expect([url, [200, 308, 400, 404].includes(status)]).toEqual([url, true]);
    }
    for (const [method, url] of ACTIONS) {
      const refused = await ask({ method, url, headers: viewer, payload: {} });
      expect([url, refused.status, refused.code]).toEqual([url, 403, 'forbidden']);
      const taken = await ask({ method, url, headers: operator, payload: {} });
      expect([url, [401, 403].includes(taken.status)]).toEqual([url, false]);
    }
  });

  it('nobody acts while DASHBOARD_READ_ONLY is on', async () => {
    await withUsers({ DASHBOARD_READ_ONLY: 'on' });
    const operator = await session('ada');
    for (const [method, url] of ACTIONS) {
      expect([url, (await ask({ method, url, headers: operator, payload: {} })).code]).toEqual([
        url,
        'forbidden',
      ]);
    }
  });

  it('an action is taken only from our own page, with its token', async () => {
    await withUsers();
    const headers = await session('ada');
    const { cookie } = headers;
    const order = { method: 'POST', url: '/api/actions/pause', payload: { queue: 'parse' } } as const;
    const board = { method: 'PUT', url: '/queues/api/queues/parse/pause', payload: {} } as const;
    const foreign = { origin: 'http://evil.example' };
    expect((await ask({ ...order, headers: { cookie } })).code).toBe('csrf');
    expect((await ask({ ...order, headers: { ...headers, 'x-sluice-csrf': 'x' } })).code).toBe('csrf');
    expect((await ask({ ...order, headers: { ...headers, ...foreign } })).code).toBe('cross_site');
    expect((await ask({ ...order, headers: { ...headers, origin: 'null' } })).code).toBe('cross_site');
    expect((await ask({ ...order, headers: { ...headers, 'sec-fetch-site': 'cross-site' } })).code).toBe(
      'cross_site',
    );
    expect((await ask({ ...board, headers: { cookie, ...foreign } })).code).toBe('cross_site');
    const silent = await dashboard.app.inject({ ...board, headers: { host: OWN.host, cookie } });
    expect(silent.statusCode).toBe(403);
    expect((await logIn('ada', PASSWORDS.ada, foreign)).status).toBe(403);
    expect((await ask({ ...order, headers })).status).toBe(200);
    expect((await ask({ ...board, headers: { cookie } })).status).toBe(200);
  });

  it('the cookie is for our own server alone, and ends with the log-out or with the user', async () => {
    await withUsers();
    const { headers } = await logIn('eve', PASSWORDS.eve);
    expect(headers['set-cookie']).toMatch(/^sluice_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const [eve, ada] = [await session('eve'), await session('ada')];
    const status = async (who: object) => (await ask({ url: '/api/queues', headers: { ...who } })).status;
    expect([await status(eve), await status(ada)]).toEqual([200, 200]);
    expect((await ask({ method: 'POST', url: '/logout', headers: eve })).status).toBe(303);
    expect(await status(eve)).toBe(401);
    writeUsers(usersFile(), [await makeUser('ada', 'operator', 'another one')]);
    expect(await status(ada)).toBe(401);
    expect(await status(basic('eve'))).toBe(401);
  });

  it('a program may show name and password with each question', async () => {
    await withUsers();
    expect((await ask({ url: '/metrics', headers: basic('eve') })).status).toBe(200);
    expect((await ask({ url: '/metrics', headers: basic('eve', 'wrong') })).status).toBe(401);
    expect((await ask({ url: '/metrics' })).headers['www-authenticate']).toContain('Basic');
    const page = { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' };
    expect((await ask({ url: '/api/queues', headers: page })).headers['www-authenticate']).toBe(undefined);
  });

  it('a log-in leads to an address of our own only', async () => {
    await withUsers();
    for (const to of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/\t/evil',
    ]) {
      const payload = new URLSearchParams({ name: 'eve', password: PASSWORDS.eve, to }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const { headers: told } = await ask({ method: 'POST', url: '/login', payload, headers });
      expect([to, told.location]).toEqual([to, '/']);
    }
    const shown = await dashboard.app.inject({ url: '/login?to=/%22%3E%3Cscript%3E', headers: OWN });
    expect(shown.body).not.toContain('"><script>');
  });
});

describe('wrong passwords', () => {
  it('are limited by name and by address, also those that come at once, and for names that do not exist', async () => {
    await withUsers();
    const tries = await Promise.all(Array.from({ length: 12 }, () => logIn('eve', 'wrong')));
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(10);
    const late = tries.find(({ status }) => status === 429);
    expect(Number(late?.headers['retry-after'])).toBeGreaterThan(600);
    // Also with the right password, and for another name from this address.
    expect((await logIn('eve', PASSWORDS.eve)).status).toBe(429);
    expect((await logIn('nobody', 'x')).status).toBe(429);
    expect((await ask({ url: '/metrics', headers: basic('ada') })).code).toBe('too_many_log_ins');
    const elsewhere = await dashboard.app.inject({
      url: '/metrics',
      headers: { ...OWN, ...basic('ada') },
      remoteAddress: '10.0.0.9',
    });
    expect(elsewhere.statusCode).toBe(200);
  });

  it('are limited for a machine that takes a new address of its IPv6 network for each', async () => {
    await withUsers();
    const headers = (n: number) => ({
      authorization: `Basic ${Buffer.from(`name-${n}:wrong`).toString('base64')}`,
    });
    const tries = Array.from({ length: 11 }, (_, n) => {
      return {
        url: '/metrics',
        remoteAddress: `2001:db8::${n}:0:0:${n}`,
        headers: { ...OWN, ...headers(n) },
      };
    });
    const answers = await Promise.all(tries.map((one) => dashboard.app.inject(one)));
    const statuses = answers.map(({ statusCode }) => statusCode).sort();
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    const other = { remoteAddress: '2001:db8:0:1::1', headers: { ...OWN, ...headers(12) } };
    expect((await dashboard.app.inject({ url: '/metrics', ...other })).statusCode).toBe(401);
  });
});

describe('an address that cannot be read', () => {
  it('is refused in the form of the API and with the same care, before anybody is asked who he is', async () => {
    await withUsers();
    for (const url of [
      '/%',
      '/queues/api/queues/%E0%A4/pause',
      `/api/failures/insert/${'x'.repeat(2_000)}`,
    ]) {
      const { statusCode, headers, body } = await dashboard.app.inject({ url, headers: OWN });
      expect([url, statusCode >= 400 && statusCode < 500]).toEqual([url, true]);
      expect(JSON.parse(body)).toMatchObject({ error: { code: expect.any(String) } });
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
      expect(headers['content-security-policy']).toContain("default-src 'none'");
    }
  });
});

describe('where there are no users', () => {
  it('whoever is at this machine is the operator, and a page of another name gets nothing', async () => {
    dashboard = await testDashboard();
    const answer = await dashboard.app.inject({ url: '/api/session', headers: OWN });
    expect(answer.json()).toMatchObject({ user: 'local', role: 'operator', mayAct: true, loggedIn: false });
    for (const host of ['evil.example', 'evil.example:3000', '127.0.0.1.evil.example', '10.0.0.1']) {
      for (const url of ['/api/session', '/', '/queues/', '/login', '/readyz']) {
        expect([host, url, (await ask({ url, headers: { host } })).code]).toEqual([
          host,
          url,
          'foreign_host',
        ]);
      }
    }
    for (const host of ['localhost:3000', '[::1]:3000', '127.0.0.1']) {
      expect([host, (await ask({ url: '/api/session', headers: { host } })).status]).toEqual([host, 200]);
    }
  });

  it('it refuses to listen for others, and says what to do', async () => {
    for (const DASHBOARD_HOST of ['0.0.0.0', '::', '192.168.1.5', 'example.org']) {
      await expect(testDashboard({ DASHBOARD_HOST })).rejects.toMatchObject({
        message: expect.stringContaining('it has no users'),
        hint: expect.stringContaining('sluice -- user add'),
      });
    }
    dashboard = await testDashboard({ DASHBOARD_HOST: '0.0.0.0', DASHBOARD_PASSWORD: 'long enough' });
    const headers = { authorization: `Basic ${Buffer.from('operator:long enough').toString('base64')}` };
    expect((await ask({ url: '/api/queues' })).status).toBe(401);
    expect((await ask({ url: '/api/queues', headers })).status).toBe(200);
  });
});

describe('the file of users', () => {
  it('is for its owner alone, holds no password, and one that others can read is refused', async () => {
    await withUsers();
    const file = usersFile();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    const env = { DASHBOARD_USERS: file };
    await expect(testDashboard(env)).rejects.toMatchObject({ hint: expect.stringContaining('chmod 600') });
    writeFileSync(file, '{}', { mode: 0o600 });
    chmodSync(file, 0o600);
    await expect(testDashboard(env)).rejects.toThrow('is not one that Sluice has written');
  });
});
