import { randomBytes, scryptSync } from 'node:crypto';
import { chmodSync, existsSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { appRoutes } from '@bull-board/api/dist/routes.js';
import { makeToken, type Rights, readUsers, type User, writeUsers } from '@sluice/access';
import { listAudit } from '@sluice/ledger';
import { createLogger, loadConfig } from '@sluice/process';
import { tempFolder, waitFor } from '@sluice/testkit';
import type { InjectOptions } from 'fastify';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Access } from '../src/access/access.ts';
import { Sessions } from '../src/access/sessions.ts';
import { ROUTES } from '../src/api/routes.ts';
import { OWN, type TestDashboard, testDashboard } from './test-dashboard.ts';

const PASSWORDS = { ada: 'correct horse', eve: 'battery staple' } as const;
const users = [
  userOf('ada', { role: 'operator', values: true }, PASSWORDS.ada),
  userOf('eve', { role: 'viewer', values: false }, PASSWORDS.eve),
];
let dashboard: TestDashboard;

afterEach(() => dashboard.close());

/** A user whose password is quickly tried: the file says at which cost it was hashed, and here a hundred are tried. */
function userOf(name: string, rights: Rights, password: string): User {
  const cost = { N: 2 ** 10, r: 8, p: 1 };
  const salt = randomBytes(16);
  const hash = scryptSync(password, salt, 32, cost).toString('base64');
  return { name, ...rights, scrypt: { ...cost, salt: salt.toString('base64'), hash }, token: null };
}

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

const OWN_ACTIONS = ROUTES.filter(({ method }) => method === 'POST').map(
  ({ path }) => ['POST', path] as const,
);
const ACTIONS = [...OWN_ACTIONS, ...BOARD_ACTIONS];

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
    expect((await ask({ method: 'POST', url: '/livez' })).status).toBe(405);
    expect((await ask({ method: 'POST', url: '/api/overview' })).status).toBe(401);
  });

  it('a viewer sees everything and does nothing; an operator does, on Bull Board neither, which only shows', async () => {
    await withUsers();
    expect(BOARD_ACTIONS.length).toBeGreaterThan(20);
    const [viewer, operator] = [await session('eve'), await session('ada')];
    for (const url of LOOKS) {
      const { status } = await ask({ url, headers: viewer });
      // An export holds nothing but values, which this viewer may not see.
      const told = url === '/api/rejects.csv' ? [403] : [200, 308, 400, 404];
      expect([url, told.includes(status)]).toEqual([url, true]);
    }
    for (const [method, url] of ACTIONS) {
      const refused = await ask({ method, url, headers: viewer, payload: {} });
      expect([url, refused.status, refused.code]).toEqual([url, 403, 'forbidden']);
    }
    for (const [method, url] of OWN_ACTIONS) {
      const taken = await ask({ method, url, headers: operator, payload: {} });
      expect([url, [401, 403].includes(taken.status)]).toEqual([url, false]);
    }
    for (const [method, url] of [...BOARD_ACTIONS, ['PUT', '/%71ueues/api/queues/pause'] as const]) {
      const refused = await ask({ method, url, headers: operator, payload: {} });
      expect([url, refused.status, refused.code]).toEqual([url, 403, 'board_shows_only']);
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
    const foreign = { origin: 'http://evil.example' };
    expect((await ask({ ...order, headers: { cookie } })).code).toBe('csrf');
    expect((await ask({ ...order, headers: { ...headers, 'x-sluice-csrf': 'x' } })).code).toBe('csrf');
    expect((await ask({ ...order, headers: { ...headers, ...foreign } })).code).toBe('cross_site');
    expect((await ask({ ...order, headers: { ...headers, origin: 'null' } })).code).toBe('cross_site');
    expect((await ask({ ...order, headers: { ...headers, 'sec-fetch-site': 'cross-site' } })).code).toBe(
      'cross_site',
    );
    expect((await logIn('ada', PASSWORDS.ada, foreign)).status).toBe(403);
    expect((await ask({ ...order, headers })).status).toBe(200);
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
    writeUsers(usersFile(), [userOf('ada', { role: 'operator', values: true }, 'another one')]);
    expect(await status(ada)).toBe(401);
    expect(await status(basic('eve'))).toBe(401);
  });

  it('a program may show name and password with each question', async () => {
    await withUsers();
    expect((await ask({ url: '/metrics', headers: basic('eve') })).status).toBe(200);
    expect((await ask({ url: '/metrics', headers: basic('eve', 'wrong') })).status).toBe(401);
    expect(String((await ask({ url: '/metrics' })).headers['www-authenticate'])).toMatch(/^Basic .*,Bearer$/);
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

const AT = (address: string) => ({ remoteAddress: address });

/** A try with a password that is not right, by way of basic authentication. */
async function wrongTry(name: string, from: object, headers: object = {}): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${name}:wrong`).toString('base64')}`;
  const { statusCode } = await dashboard.app.inject({
    url: '/metrics',
    ...from,
    headers: { ...OWN, authorization, ...headers },
  });
  return statusCode;
}

const times = async (n: number, what: () => Promise<number>) => {
  const all = await Promise.all(Array.from({ length: n }, what));
  return Object.fromEntries(
    [...Map.groupBy(all, (status) => status)].map(([status, of]) => [status, of.length]),
  );
};

describe('wrong passwords', () => {
  it('are limited for a name from an address, also those that come at once, and for names that do not exist', async () => {
    await withUsers();
    const tries = await Promise.all(Array.from({ length: 12 }, () => logIn('eve', 'wrong')));
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(10);
    const late = tries.find(({ status }) => status === 429);
    expect(Number(late?.headers['retry-after'])).toBeGreaterThan(600);
    // Also with the right password.
    expect((await logIn('eve', PASSWORDS.eve)).status).toBe(429);
    expect((await ask({ url: '/metrics', headers: basic('eve') })).code).toBe('too_many_log_ins');
    expect(await times(12, () => wrongTry('nobody', {}))).toEqual({ 401: 10, 429: 2 });
  });

  it('lock out nobody else: not another name from there, and not that name from elsewhere', async () => {
    await withUsers();
    expect(await times(12, () => wrongTry('eve', AT('10.0.0.9')))).toEqual({ 401: 10, 429: 2 });
    for (const [name, from] of [
      ['ada', '10.0.0.9'],
      ['eve', '10.0.0.10'],
    ] as const) {
      const right = { url: '/metrics', headers: { ...OWN, ...basic(name) }, ...AT(from) };
      expect([name, (await dashboard.app.inject(right)).statusCode]).toEqual([name, 200]);
    }
  });

  it('are limited for a machine that takes a new address of its IPv6 network for each', async () => {
    await withUsers();
    let n = 0;
    const own = () => wrongTry('eve', AT(`2001:db8::${++n}:0:0:${n}`));
    expect(await times(11, own)).toEqual({ 401: 10, 429: 1 });
    expect(await wrongTry('eve', AT('2001:db8:0:1::1'))).toBe(401);
  });

  it('are limited for a local account that takes a new loopback address for each', async () => {
    await withUsers();
    let n = 0;
    expect(await times(11, () => wrongTry('eve', AT(`127.0.${++n}.1`)))).toEqual({ 401: 10, 429: 1 });
    expect(await wrongTry('eve', AT('::ffff:127.1.2.3'))).toBe(429);
    expect(await wrongTry('eve', AT('::1'))).toBe(429);
  });

  it('count for the address that a proxy of TRUST_PROXY tells of, and for no address that a client makes up', async () => {
    await withUsers({ TRUST_PROXY: '10.0.0.1' });
    const from = (client: string) => ({ 'x-forwarded-for': client });
    const proxied = (client: string) => wrongTry('eve', AT('10.0.0.1'), from(client));
    expect(await times(11, () => proxied('203.0.113.1'))).toEqual({ 401: 10, 429: 1 });
    expect(await proxied('203.0.113.2')).toBe(401);
    let n = 0;
    const madeUp = () => wrongTry('eve', AT('198.51.100.7'), from(`203.0.113.${++n}`));
    expect(await times(11, madeUp)).toEqual({ 401: 10, 429: 1 });
    const more = () => wrongTry('ada', AT('10.0.0.1'), from(`203.0.113.${++n}, 198.51.100.7`));
    expect(await times(11, more)).toEqual({ 401: 10, 429: 1 });
  });
});

describe('log-ins', () => {
  it('are in the audit, good and failed, but no name that nobody has, and of many failures the first ones', async () => {
    await withUsers();
    await logIn('ada', PASSWORDS.ada);
    await ask({ url: '/metrics', headers: basic('eve') });
    await ask({ url: '/metrics', headers: basic('eve') });
    await logIn('ada', 'wrong');
    await logIn('a password in the field of the name', 'wrong');
    const entries = async () => await listAudit(dashboard.stores.sql, { after: null, limit: 100 });
    await waitFor(async () => (await entries()).length === 5, { what: 'the entries of the audit' });
    const of = (action: string, subject: string, detail: object, doneBy: string) => {
      return { action, subject, detail, doneBy };
    };
    expect((await entries()).toReversed()).toMatchObject([
      of('log_in', 'local', { by: 'link' }, 'local@127.0.0.1'),
      of('log_in', 'ada', { by: 'password' }, 'ada@127.0.0.1'),
      of('log_in', 'eve', { by: 'password' }, 'eve@127.0.0.1'),
      of('log_in_failed', 'ada', { by: 'password', outcome: 'wrong' }, 'nobody@127.0.0.1'),
      of('log_in_failed', 'no user', { by: 'password', outcome: 'wrong' }, 'nobody@127.0.0.1'),
    ]);
    await times(40, () => wrongTry('eve', {}));
    await logIn('ada', PASSWORDS.ada);
    const failed = async () => (await entries()).filter(({ action }) => action === 'log_in_failed');
    await waitFor(async () => (await entries()).length >= 24, { what: 'the rest of them' });
    expect((await failed()).length).toBe(20);
  });

  it('end 12 hours after the last look, and 7 days after their beginning whoever looks', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const hour = 3_600_000;
    const later = (hours: number) => vi.setSystemTime(Date.now() + hours * hour);
    const sessions = new Sessions();
    const [left, kept] = [sessions.begin(null), sessions.begin(null)];
    later(11.9);
    expect(sessions.find(kept)).toBeDefined();
    later(0.2);
    expect([sessions.find(left), sessions.find(kept)]).toEqual([undefined, expect.anything()]);
    for (let passed = 12.1; passed < 7 * 24 - 11; passed += 11) {
      expect(sessions.find(kept)).toBeDefined();
      later(11);
    }
    later(11);
    expect(sessions.find(kept)).toBe(undefined);
  });

  it('end no session of another user, however many one begins: of his own the oldest ends', () => {
    const sessions = new Sessions();
    const [ada, link] = [sessions.begin({ name: 'ada', hash: 'x' }), sessions.begin(null)];
    const own = Array.from({ length: 1_001 }, () => sessions.begin({ name: 'eve', hash: 'y' }));
    expect([sessions.find(ada), sessions.find(link)]).toEqual([expect.anything(), expect.anything()]);
    expect(own.filter((secret) => sessions.find(secret) !== undefined)).toEqual(own.slice(-50));
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
  const visit = (o: InjectOptions) => dashboard.app.inject({ ...o, headers: { ...OWN, ...o.headers } });
  const token = () => join(dashboard.env.DATA_DIR ?? '', 'dashboard-token');

  it('nobody comes in but by a link, which works once; also nobody of this machine, and nobody whom a proxy brings', async () => {
    dashboard = await testDashboard();
    const byProxy = { host: '127.0.0.1:3000', 'x-real-ip': '127.0.0.1', 'x-forwarded-for': '127.0.0.1' };
    for (const headers of [OWN, byProxy, { host: 'localhost' }]) {
      for (const url of LOOKS) expect([url, (await ask({ url, headers })).status]).toEqual([url, 401]);
      for (const [method, url] of ACTIONS)
        expect([url, (await ask({ method, url, headers })).status]).toEqual([url, 401]);
    }
    const link = dashboard.link();
    expect(statSync(token()).mode & 0o777).toBe(0o600);
    for (const [method, headers] of [
      ['HEAD', {}],
      ['GET', { 'sec-purpose': 'prefetch' }],
    ] as const) {
      expect((await visit({ method, url: link, headers })).headers['set-cookie']).toBe(undefined);
    }
    const first = await visit({ url: link });
    expect([first.statusCode, first.body]).toEqual([200, expect.stringContaining('content="0; url=/"')]);
    expect(existsSync(token())).toBe(false);
    const [cookie = ''] = String(first.headers['set-cookie']).split(';', 1);
    const session = (await visit({ url: '/api/session', headers: { cookie } })).json();
    expect(session).toMatchObject({ user: 'local', role: 'operator', values: true, mayAct: true });
    const again = await visit({ url: link });
    expect([again.statusCode, again.headers['set-cookie']]).toEqual([401, undefined]);
    expect(again.body).toContain('used already');
  });

  it('a newer link replaces an older one, and a file that others can read or put there gives no link', async () => {
    dashboard = await testDashboard();
    const [older, newer] = [dashboard.link(), dashboard.link()];
    expect((await visit({ url: older })).statusCode).toBe(401);
    chmodSync(token(), 0o640);
    expect((await visit({ url: newer })).statusCode).toBe(401);
    chmodSync(token(), 0o600);
    renameSync(token(), `${token()}.real`);
    symlinkSync(`${token()}.real`, token());
    expect((await visit({ url: newer })).statusCode).toBe(401);
    renameSync(`${token()}.real`, token());
    expect((await visit({ url: newer })).statusCode).toBe(200);
  });

  it('the session of a link ends when there are users, of whom one is to log in then', async () => {
    dashboard = await testDashboard();
    const look = async () => (await visit({ url: '/api/queues', headers: dashboard.own })).statusCode;
    expect(await look()).toBe(200);
    writeUsers(usersFile(), users);
    expect(await look()).toBe(401);
    expect((await visit({ url: dashboard.link() })).headers['set-cookie']).toBe(undefined);
    expect((await logIn('eve', PASSWORDS.eve)).status).toBe(303);
  });

  it('it refuses to listen for others, and says what to do', async () => {
    const refusal = {
      message: expect.stringContaining('it has no users'),
      hint: expect.stringContaining('sluice -- user add'),
    };
    await expect(testDashboard({ DASHBOARD_HOST: '0.0.0.0' })).rejects.toMatchObject(refusal);
    for (const DASHBOARD_HOST of ['::', '192.168.1.5', 'example.org']) {
      const cwd = tempFolder();
      const config = loadConfig({ env: { DASHBOARD_HOST, DATA_DIR: cwd }, cwd });
      const opened = Access.open(config, createLogger('test', 'silent'), async () => undefined);
      await expect(opened).rejects.toMatchObject(refusal);
    }
    dashboard = await testDashboard({ DASHBOARD_HOST: '0.0.0.0', DASHBOARD_PASSWORD: 'long enough' });
    const headers = { authorization: `Basic ${Buffer.from('operator:long enough').toString('base64')}` };
    expect((await ask({ url: '/api/queues' })).status).toBe(401);
    expect((await ask({ url: '/api/queues', headers })).status).toBe(200);
  });
});

describe('the token of a program', () => {
  it('is taken with each question, with the rights that it was given, also for an action, until it is revoked', async () => {
    dashboard = await testDashboard();
    const [looks, acts] = [makeToken(), makeToken()];
    const program = { values: false, scrypt: null } as const;
    const all = [
      { ...program, name: 'prometheus', role: 'viewer', token: looks.kept },
      { ...program, name: 'deploy', role: 'operator', token: acts.kept },
    ] as const;
    writeUsers(usersFile(), all);
    const shows = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` });
    const pause = { method: 'POST', url: '/api/actions/pause', payload: { queue: 'parse' } } as const;
    for (const url of ['/metrics', '/api/queues', '/queues/api/queues'])
      expect([url, (await ask({ url, headers: shows(looks) })).status]).toEqual([url, 200]);
    expect((await ask({ ...pause, headers: shows(looks) })).code).toBe('forbidden');
    expect((await ask({ ...pause, headers: shows(acts) })).status).toBe(200);
    expect((await ask({ url: '/metrics', headers: { authorization: 'Bearer x' } })).status).toBe(401);
    // Programs alone are no users who could log in: the link still works.
    expect((await ask({ url: dashboard.link() })).status).toBe(200);
    writeUsers(usersFile(), [all[1]]);
    expect((await ask({ url: '/metrics', headers: shows(looks) })).status).toBe(401);
  });
});

describe('the file of users', () => {
  const inTrouble: readonly (readonly [string, RegExp, (file: string) => void])[] = [
    ['that others can read', /can be read by others/, (file) => chmodSync(file, 0o644)],
    ['that is broken', /is not one that Sluice has written/, (file) => writeFileSync(file, '{"v":2')],
    ['that is gone', /is not there/, (file) => rmSync(file)],
    ['that names nobody any more', /names nobody any more/, (file) => writeUsers(file, [])],
  ];

  it('that cannot be used lets nobody in, says why, and lets users in again once it is put right', async () => {
    await withUsers();
    const file = usersFile();
    const headers = await session('ada');
    for (const [trouble, why, spoil] of inTrouble) {
      spoil(file);
      for (const who of [headers, basic('eve'), {}, dashboard.own]) {
        for (const url of ['/api/queues', '/metrics', '/queues/', '/'])
          expect([trouble, url, await ask({ url, headers: { ...who } })]).toMatchObject([
            ...[trouble, url],
            { status: 503, code: 'nobody_gets_in' },
          ]);
      }
      expect((await ask({ url: dashboard.link() })).status).toBe(503);
      expect((await logIn('ada', PASSWORDS.ada)).status).toBe(503);
      const page = await dashboard.app.inject({ url: '/login', headers: OWN });
      expect([page.statusCode, page.body]).toEqual([503, expect.stringMatching(why)]);
      expect(page.body).not.toContain(dashboard.env.DATA_DIR);
      expect((await ask({ url: '/livez' })).status).toBe(200);
      writeUsers(file, users);
      expect([trouble, (await ask({ url: '/api/queues', headers })).status]).toEqual([trouble, 200]);
    }
    expect((await logIn('eve', PASSWORDS.eve)).status).toBe(303);
  });

  it('that is configured and not there lets nobody in from the start, with DASHBOARD_PASSWORD neither', async () => {
    const file = join(tempFolder(), 'users.json');
    dashboard = await testDashboard({ DASHBOARD_USERS: file, DASHBOARD_PASSWORD: 'long enough' });
    const headers = { authorization: `Basic ${Buffer.from('operator:long enough').toString('base64')}` };
    expect(await ask({ url: '/api/queues', headers })).toMatchObject({ status: 503, code: 'nobody_gets_in' });
    writeUsers(file, users);
    expect((await ask({ url: '/api/queues', headers })).status).toBe(200);
  });

  it('of a version without the right to see values leaves it to its operators', () => {
    const file = join(tempFolder(), 'users.json');
    const older = users.map(({ name, role, scrypt }) => ({ name, role, scrypt }));
    writeFileSync(file, JSON.stringify({ v: 1, users: older }), { mode: 0o600 });
    expect(readUsers(file)).toMatchObject([
      { name: 'ada', role: 'operator', values: true },
      { name: 'eve', role: 'viewer', values: false },
    ]);
  });
});
