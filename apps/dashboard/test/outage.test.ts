import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { testRedis } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import * as schemas from '../src/api/schemas.ts';
import { type CutLine, cutLine } from './cut-line.ts';
import { HEADER, lineOf, type TestDashboard, testDashboard } from './test-dashboard.ts';

let lines: { postgres: CutLine; redis: CutLine };
let dashboard: TestDashboard;
let hook: Server;
/** What ALERT_WEBHOOK was told; it refuses the first try of each. */
const told: { state: string; before: string | null; reasons: { code: string }[] }[] = [];
let tries = 0;
let stop: AbortController;
let watching: Promise<void>;

beforeAll(async () => {
  hook = createServer(async (request, response) => {
    const body = await text(request);
    tries += 1;
    response.statusCode = tries % 2 === 1 ? 500 : 200;
    if (response.statusCode === 200) told.push(JSON.parse(body));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(hook, 'listening');
});

afterAll(() => {
  hook.close();
});

beforeEach(async () => {
  lines = { postgres: await cutLine(inject('postgresUrl')), redis: await cutLine(testRedis().url) };
  const address = hook.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  dashboard = await testDashboard({ ALERT_WEBHOOK: `http://127.0.0.1:${port}/hook` }, lines);
  stop = new AbortController();
  watching = dashboard.watch(stop.signal);
});

afterEach(async () => {
  stop.abort();
  lines.postgres.restore();
  lines.redis.restore();
  await watching;
  await dashboard.close();
  await lines.postgres.close();
  await lines.redis.close();
});

async function overview() {
  const { status, body } = await dashboard.get('/api/overview');
  expect(status).toBe(200);
  return schemas.overview.parse(body);
}

async function ready(): Promise<{ status: number; body: string }> {
  const answer = await dashboard.app.inject({ url: '/readyz?verbose', headers: dashboard.own });
  return { status: answer.statusCode, body: answer.body };
}

async function metrics(): Promise<string> {
  return (await dashboard.app.inject({ url: '/metrics', headers: dashboard.own })).body;
}

const LOST = {
  postgres: {
    null: ['totals', 'inRange', 'database', 'waterfall', 'backlog'],
    kept: ['redis', 'hosts', 'fleet', 'failed'],
  },
  redis: { null: ['redis', 'hosts', 'fleet', 'failed', 'backlog'], kept: ['totals', 'inRange', 'database'] },
} as const;

describe('while a server is away', () => {
  it.each(['postgres', 'redis'] as const)(
    'the dashboard stays up, says that %s is lost and since when, shows the rest, and tells the webhook',
    async (server) => {
      dashboard.drop('one.csv', HEADER + lineOf(1));
      await dashboard.load();
      told.length = 0;
      const began = Date.now();
      // On a slow machine a file counts as unseen for a while, and the folder is not looked at again at once.
      await expect
        .poll(async () => (await overview()).health, { timeout: 90_000 })
        .toMatchObject({ state: 'idle', reasons: [] });
      expect(await ready()).toMatchObject({
        status: 200,
        body: '[+] postgres ok\n[+] migrations ok\n[+] redis ok\nok\n',
      });

      lines[server].cut();
      await expect.poll(async () => (await overview()).servers[server].up, { timeout: 15_000 }).toBe(false);
      const away = await overview();
      const since = Date.parse(away.servers[server].since);
      expect(since).toBeGreaterThanOrEqual(began);
      expect(away.servers[server].reason).toMatch(/\w/);
      for (const part of LOST[server].null) expect([part, away[part]]).toEqual([part, null]);
      for (const part of LOST[server].kept) expect([part, away[part] !== null]).toEqual([part, true]);
      await expect
        .poll(async () => (await overview()).health)
        .toMatchObject({ state: 'stuck', reasons: [{ code: 'outage' }] });

      const address = server === 'postgres' ? '/api/files' : '/api/queues';
      const refused = await dashboard.get(address);
      expect(refused.status).toBe(503);
      expect(schemas.failure.parse(refused.body).error).toMatchObject({
        code: `${server}_away`,
        since: away.servers[server].since,
      });
      expect(await ready()).toMatchObject({
        status: 503,
        body: expect.stringMatching(new RegExp(`^\\[-\\] ${server} failed: \\w`, 'm')),
      });
      const anybody = await dashboard.app.inject({ url: '/readyz?verbose' });
      expect(anybody.statusCode).toBe(503);
      expect(anybody.body).toMatch(new RegExp(`^\\[-\\] ${server} failed$`, 'm'));
      expect((await dashboard.app.inject({ url: '/livez', headers: dashboard.own })).statusCode).toBe(200);
      const told503 = await metrics();
      expect(told503).toContain(`sluice_server_up{server="${server}"} 0\n`);
      expect(told503.includes('sluice_records_total{')).toBe(server === 'redis');

      lines[server].restore();
      await expect.poll(async () => (await overview()).health.state, { timeout: 15_000 }).toBe('idle');
      expect((await overview()).servers[server].up).toBe(true);
      expect((await ready()).status).toBe(200);
      await expect
        .poll(
          () => told.map(({ state, before }) => [before, state]).filter((change) => change.includes('stuck')),
          { timeout: 10_000 },
        )
        .toEqual([
          ['idle', 'stuck'],
          ['stuck', 'idle'],
        ]);
      expect(told.find(({ state }) => state === 'stuck')?.reasons.map(({ code }) => code)).toEqual([
        'outage',
      ]);
    },
  );
});
