import type { FeedStores } from '@sluice/pipeline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROUTES } from '../src/api/routes.ts';
import * as schemas from '../src/api/schemas.ts';
import { HEADER, idOf, lineOf, type TestDashboard, testDashboard } from './test-dashboard.ts';

let dashboard: TestDashboard;
let role: string;

/** A member of sluice_viewer, as config/postgres_setup.sql has it. Roles are of the whole server: it has a name of its own. */
async function viewerUrl({ config, sql }: FeedStores): Promise<string> {
  const url = new URL(config.databaseUrl ?? '');
  role = `board_${url.pathname.slice(1)}`;
  await sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'board';
    GRANT SELECT ON events, sluice_files, sluice_chunks, sluice_commits, sluice_commit_counts, sluice_audit, sluice_migrations, sluice_acks, sluice_processes,
      sluice_contracts, sluice_feeds TO ${role}`);
  [url.username, url.password] = [role, 'board'];
  return url.href;
}

beforeAll(async () => {
  dashboard = await testDashboard({}, undefined, viewerUrl);
  const rows = [lineOf(1), lineOf(1, { price: '9.99' }), lineOf(2).replace(idOf(2), 'not-an-id')];
  dashboard.drop('a.csv', HEADER + rows.join(''));
  dashboard.drop('broken.csv', 'a,b\n1,2\n');
  await dashboard.load();
});

afterAll(async () => {
  const { sql } = dashboard.stores;
  await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await dashboard.close();
});

async function get(address: string): Promise<{ status: number; body: unknown }> {
  return await dashboard.get(address);
}

it('with a role that only looks, every page is shown, and rejects and conflicts say that they may not be', async () => {
  const paths = ROUTES.filter(({ method }) => method === 'GET').map(({ path }) => path);
  const asked = paths.map((path) =>
    path
      .replace('{fileNo}', '1')
      .replace('{id}', idOf(1))
      .replace(/events$/, `events?key=${idOf(1)}`),
  );
  for (const address of asked.filter((path) => !path.includes('{'))) {
    const { status, body } = await get(address);
    const hidden = ['/api/rejects', '/api/rejects.csv', '/api/conflicts'].includes(address);
    expect({ address, status, body }).toMatchObject({ address, status: hidden ? 403 : 200 });
    if (!hidden) continue;
    expect(body).toMatchObject({
      error: {
        code: 'not_shown',
        message: expect.stringContaining('may not read rejects and conflicts, which hold values of rows'),
        hint: expect.stringContaining('DATABASE_READ_URL'),
      },
    });
  }
});

it('a file and an event tell all but what stands in rejects and conflicts', async () => {
  const list = schemas.fileList.parse((await get('/api/files')).body);
  const no = list.files.find(({ name }) => name === 'a.csv')?.fileNo;
  const { file, rejects, batches } = schemas.filePage.parse((await get(`/api/files/${no}`)).body);
  expect(file).toMatchObject({ records: 3, inserted: 1, duplicates: 1, conflicts: 1, rejects: 1 });
  expect(rejects).toBeNull();
  expect(batches).toHaveLength(1);
  const passport = schemas.passport.parse((await get(`/api/events/${idOf(1)}`)).body);
  expect(passport).toMatchObject({ detailHidden: true, mentions: [], origin: { file: 'a.csv', line: 2 } });
});

it('actions go by the role of DATABASE_URL, and are in the audit', async () => {
  const paused = await dashboard.act('/api/actions/pause', { queue: 'parse' });
  expect(paused).toMatchObject({ status: 200, body: { changed: 1 } });
  expect(await dashboard.act('/api/actions/resume', { queue: 'parse' })).toMatchObject({ status: 200 });
  const list = schemas.fileList.parse((await get('/api/files')).body);
  const file = list.files.find(({ name }) => name === 'a.csv')?.fileNo;
  expect(await dashboard.act('/api/actions/replay', { file })).toMatchObject({ status: 200 });
  const { entries } = schemas.auditList.parse((await get('/api/audit')).body);
  expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(['pause', 'resume', 'replay']));
});

it('metrics and readiness are those of an installation that works', async () => {
  const metrics = await dashboard.app.inject({ url: '/metrics', headers: dashboard.own });
  expect([metrics.statusCode, metrics.body]).toEqual([200, expect.stringContaining('sluice_rejects_total')]);
  expect((await dashboard.app.inject({ url: '/readyz' })).statusCode).toBe(200);
});
