import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@sluice/testkit';
import postgres from 'postgres';
import { describe, expect, it, onTestFinished } from 'vitest';
import { emptyServers, isAlive, ownServers, type Place, processesOf, sharedServers, sluice } from './cli.ts';

const apps = /apps\/(?:generator|watcher|worker|dashboard)\/src\/main\.ts/;
const worker = /apps\/worker\/src\/main\.ts/;

function serverPids(dataDir = ''): number[] {
  const { postgres, redis } = JSON.parse(readFileSync(join(dataDir, 'servers/state.json'), 'utf8'));
  return [postgres.pid, redis.pid];
}

describe('start with servers of its own', () => {
  it('--once loads generated files, proves it, and leaves no process behind', async () => {
    const place: Place = { ...ownServers(), FLUSH_INTERVAL: '1h' };
    const run = sluice(place, 'start', '--once', '--files', '5', '--seed', '1');
    await run.says('Running ');
    const servers = serverPids(place.DATA_DIR);
    expect(servers.every(isAlive)).toBe(true);

    expect(await run.ended).toBe(0);
    expect(run.stdout()).toMatch(
      /PostgreSQL +\d+\.\d+, embedded\n +postgres:\/\/\w+:\*\*\*@127\.0\.0\.1:\d+/,
    );
    expect(run.stdout()).toMatch(/files +5\n +records +\d+\n +inserted +\d+ +\d+ rows\/s/);
    expect(run.stdout()).toMatch(/Proof holds: 5 files, \d+ records, each/);
    expect(run.stdout()).not.toContain('\u001b');
    expect(processesOf(place, apps)).toEqual([]);
    expect(servers.some(isAlive)).toBe(false);
    expect(existsSync(join(place.DATA_DIR ?? '', 'servers/state.json'))).toBe(false);
  });

  it('after kill -9 its children end by themselves, and the next start takes over and goes on', async () => {
    const place = ownServers();
    const killed = sluice(place, 'start', '--interval', '0.1', '--rows', '200', '--no-generate');
    await killed.says('Running ');
    await waitFor(() => processesOf(place, apps).length === 4, { what: 'watcher, workers and dashboard' });
    const servers = serverPids(place.DATA_DIR);
    killed.process.kill('SIGKILL');
    await waitFor(() => processesOf(place, apps).length === 0, { what: 'the end of the children' });
    expect(servers.every(isAlive)).toBe(true);

    const next = sluice(place, 'start', '--once', '--files', '3');
    expect(await next.ended).toBe(0);
    expect(next.stdout()).toContain('took over the PostgreSQL');
    expect(next.stdout()).toContain('Proof holds: 3 files');
    expect(servers.some(isAlive)).toBe(false);
  });
});

describe('start with configured servers', () => {
  it('stops in order at a SIGINT in the middle of a load, and the next start loads the rest and invents nothing', async () => {
    const place = await emptyServers();
    const run = sluice(place, 'start', '--generate', '--interval', '0.1', '--rows', '300');
    const sql = postgres(place.DATABASE_URL ?? '', { max: 1, onnotice: () => undefined });
    onTestFinished(() => sql.end());
    await run.says('Running ');
    await waitFor(async () => (await sql`SELECT FROM events LIMIT 1`).length > 0, { what: 'a row' });
    const [, dashboard] = /Dashboard +(http:\/\/127\.0\.0\.1:\d+)\n/.exec(run.stdout()) ?? [];
    await waitFor(async () => (await fetch(`${dashboard}/readyz`)).ok, { what: 'the dashboard' });
    // A link logs in: it is for a terminal, which this output is not.
    expect(run.stdout()).toContain('dashboard-url prints a link that logs in');
    expect(run.stdout() + run.stderr()).not.toContain('token=');
    expect(existsSync(join(place.DATA_DIR ?? '', 'dashboard-token'))).toBe(false);
    run.process.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.stdout()).toMatch(
      /Stopping:.*\n.*\nstopped generator\nstopped watcher\nstopped 2 workers\nstopped dashboard\n$/,
    );
    expect(run.stdout()).toMatch(/PostgreSQL +\d+\.\d+, external/);
    expect(processesOf(place, apps)).toEqual([]);

    const written = readdirSync(join(place.DATA_DIR ?? '', 'input_data'));
    const next = sluice(place, 'start', '--once');
    const code = await next.ended;
    expect(code, next.stderr()).toBe(0);
    expect(next.stdout()).toMatch(
      /Running +watcher, 2 workers\n +Generator +off, because the database is external\n/,
    );
    expect(next.stdout()).toContain(`Proof holds: ${written.length} files`);
    expect(readdirSync(join(place.DATA_DIR ?? '', 'input_data'))).toEqual(written);
  });

  it('a second SIGINT quits at once, children too', async () => {
    const place = await sharedServers();
    const run = sluice(place, 'start', '--no-generate');
    await run.says('Running ');
    const children = await waitFor(
      () => {
        const pids = processesOf(place, apps);
        return pids.length === 4 && pids;
      },
      { what: 'four children' },
    );
    // Stopped processes cannot answer a SIGTERM, so the first wish to stop would wait for them.
    for (const pid of children) process.kill(pid, 'SIGSTOP');
    const wishing = setInterval(() => run.process.kill('SIGINT'), 200);
    expect(await run.ended).toBe(130);
    clearInterval(wishing);
    await waitFor(() => !children.some(isAlive), { what: 'the end of the children' });
  });

  it('starts a crashed worker again, and says so', async () => {
    const place = await sharedServers();
    const run = sluice(place, 'start', '--no-generate', '--workers', '1');
    await run.says('Running ');
    const [first = 0] = await waitFor(
      () => {
        const pids = processesOf(place, worker);
        return pids.length > 0 && pids;
      },
      { what: 'a worker' },
    );
    process.kill(first, 'SIGKILL');
    await run.says('worker 1 was ended by SIGKILL: it is started again in 0.5 s');
    await waitFor(() => processesOf(place, worker).some((pid) => pid !== first), { what: 'another worker' });
  });
});

describe('start that cannot run', () => {
  it('refuses an unknown option, a wrong value and an unreachable server with 2, saying why', async () => {
    const place = { ...ownServers(), REDIS_URL: 'redis://127.0.0.1:1' };
    const database = 'postgres://me:hunter2@127.0.0.1:1/db';
    const unknown = sluice(place, 'start', '--turbo');
    const wrong = sluice(place, 'start', '--rows', 'many', '--workers', '3');
    const away = sluice({ ...place, DATABASE_URL: database }, 'start');
    const invented = sluice({ ...place, PGHOST: '127.0.0.1' }, 'start', '--once', '--files', '3');
    const ended = [unknown.ended, wrong.ended, away.ended, invented.ended];
    expect(await Promise.all(ended)).toEqual([2, 2, 2, 2]);
    expect(unknown.stderr()).toMatch(/unknown option '--turbo'\n\nUsage: sluice start/);
    expect(wrong.stderr()).toContain('--rows: got "many"; allowed: a number or a range');
    expect(away.stderr()).toBe(
      'sluice start: PostgreSQL cannot be used at postgres://me:***@127.0.0.1:1/db: nothing listens there\n' +
        'What to do: start that server or correct DATABASE_URL; without DATABASE_URL, npm start brings its own.\n',
    );
    expect(invented.stderr()).toMatch(
      /^sluice start: --files is an option of the generator, which does not run because .* external\n.* add --generate/,
    );
  });

  it('refuses a table that no row fits, and says what is wrong with it', async () => {
    const place = await sharedServers();
    const sql = postgres(place.DATABASE_URL ?? '', { max: 1 });
    await sql`ALTER TABLE events DROP COLUMN price`.finally(() => sql.end());
    const run = sluice(place, 'start', '--once', '--no-generate');
    expect(await run.ended).toBe(2);
    expect(run.stderr()).toMatch(/^sluice start: no row can be loaded: .*price.*\nWhat to do: .*price/);
  });
});
