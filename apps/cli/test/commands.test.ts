import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@sluice/testkit';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { emptyServers, ownServers, type Place, sharedServers, sluice } from './cli.ts';

async function withSql<T>(place: Place, use: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(place.DATABASE_URL ?? '', { max: 1 });
  return use(sql).finally(() => sql.end());
}

it('migrate makes the schema, then finds nothing to do, and refuses a newer one', async () => {
  const place = await emptyServers();
  const first = sluice(place, 'migrate');
  expect(await first.ended).toBe(0);
  expect(first.stdout()).toMatch(/^0001_events\.sql\n0002_ledger\.sql\n/);
  const second = sluice(place, 'migrate');
  expect(await second.ended).toBe(0);
  expect(second.stdout()).toBe('');
  expect(second.stderr()).toMatch(/^nothing to do: \d+ migrations in postgres:\/\/\w+:\*\*\*@/);

  await withSql(place, (sql) => sql`INSERT INTO sluice_migrations (version, name) VALUES (9999, 'later')`);
  const third = sluice(place, 'migrate');
  expect(await third.ended).toBe(2);
  expect(third.stderr()).toMatch(
    /^sluice migrate: the database is at migration 9999.*\nWhat to do: update the program\.\n$/,
  );
});

it('after a load verify and status are content; once a row is deleted by hand, verify and start --once exit with 1', async () => {
  const place = await emptyServers();
  const load = sluice(place, 'start', '--once', '--generate', '--files', '2', '--malformed', '0.2');
  expect(await load.ended, load.stderr()).toBe(0);
  // Where no Redis is: the proof is from PostgreSQL alone.
  const { REDIS_URL: _, ...databaseOnly } = place;
  const clean = sluice(databaseOnly, 'verify');
  const sources = sluice(databaseOnly, 'verify', '--sources');
  const [page, json] = [sluice(place, 'status'), sluice(place, 'status', '--json')];
  const list = sluice(databaseOnly, 'files', '--state', 'closed');
  expect(await list.ended).toBe(0);
  const [, name = ''] = /(events_\S+\.csv)\n$/.exec(list.stdout()) ?? [];
  const [story, nowhere] = [sluice(databaseOnly, 'files', name), sluice(databaseOnly, 'files', 'nowhere')];
  expect(await Promise.all([story.ended, nowhere.ended])).toEqual([0, 1]);
  expect(story.stdout()).toMatch(
    /^events_\S+ {2}file 1, closed\n\nRecords\n {2}\d+ records = .*\n[\s\S]*complete[\s\S]*\nBatches\n[\s\S]*\nRejects\n/,
  );
  expect(nowhere.stderr()).toBe('no file has "nowhere" in its name\n');
  expect(await Promise.all([clean.ended, sources.ended, page.ended, json.ended])).toEqual([0, 0, 0, 0]);
  expect(sources.stdout()).toMatch(/^Proof holds: .*\nSources agree: 2 files in the folder, 2 loaded\n$/);
  expect(clean.stdout()).toMatch(/^Proof holds: 2 files, \d+ records = .* inserted \+ .* rejects?\n$/);
  expect(page.stdout()).toMatch(/^Nothing to do: all that was found is loaded\n/);
  expect(page.stdout()).toMatch(/Rejects by reason/);
  const state = JSON.parse(json.stdout());
  expect(state).toMatchObject({ health: 'idle', workers: 0, totals: { closed: 2 }, failedBatches: [] });
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
  expect(sum(state.byEventType)).toBe(state.totals.inserted);
  expect(sum(state.byReject)).toBe(state.totals.rejects);

  await withSql(
    place,
    (sql) => sql`DELETE FROM events WHERE event_id = (SELECT event_id FROM events LIMIT 1)`,
  );
  const [broken, brokenJson] = [sluice(databaseOnly, 'verify'), sluice(databaseOnly, 'verify', '--json')];
  const again = sluice(place, 'start', '--once', '--no-generate');
  expect(await Promise.all([broken.ended, brokenJson.ended, again.ended])).toEqual([1, 1, 1]);
  expect(broken.stdout()).toMatch(/^Proof failed: 1 problem\ntable_differs .*the ledger inserted \d+ rows/);
  expect(JSON.parse(brokenJson.stdout())).toMatchObject({
    clean: false,
    files: 2,
    problems: [{ problem: 'table_differs' }],
  });
  expect(again.stderr()).toMatch(/Proof failed: 1 problem\ntable_differs/);
});

it('status exits with 1 and says why when files wait and no watcher or worker is there', async () => {
  const place: Place = { ...(await sharedServers()), RECONCILE_INTERVAL: '100ms' };
  await withSql(
    place,
    (sql) => sql`INSERT INTO sluice_files (name, token, chunk_rows, reader, landed_at, stable_at)
                 VALUES ('waits.csv', '1-1-1', 250, 1, now(), now())`,
  );
  const folder = join(place.DATA_DIR ?? '', 'input_data');
  mkdirSync(folder);
  writeFileSync(join(folder, 'unseen.csv'), 'x');
  utimesSync(join(folder, 'unseen.csv'), 1, 1);
  const run = sluice(place, 'status');
  expect(await run.ended).toBe(1);
  expect(run.stdout()).toMatch(/^Stuck: this needs a person\n {2}no worker runs, but there is work: /);
  expect(run.stdout()).toContain('no watcher has seen 1 of the files in the folder: npm run watcher');

  // Its ctime is of now, whatever its mtime: at first it may still be being written.
  const compare = async () => {
    const verify = sluice({ ...place, UNFINISHED_FOR: '1s' }, 'verify', '--sources', '--json');
    const code = await verify.ended;
    return { code, sources: JSON.parse(verify.stdout()).sources };
  };
  await waitFor(async () => (await compare()).sources.onTheirWay === 0, { what: 'a file that is settled' });
  expect(await compare()).toMatchObject({
    code: 1,
    sources: { files: 1, loaded: 0, hidden: [{ name: 'unseen.csv', why: 'unknown' }] },
  });
});

it('where no server runs, every command ends with 2 and says how to get one', async () => {
  const place = ownServers();
  const runs = ['status', 'verify', 'migrate'].map((name) => sluice(place, name));
  expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([2, 2, 2]);
  for (const { stdout, stderr } of runs) {
    expect(stdout()).toBe('');
    expect(stderr()).toMatch(/^sluice \w+: no PostgreSQL: DATABASE_URL is not set, and no embedded server/);
    expect(stderr()).toMatch(
      /\nWhat to do: run "npm start" or "npm run sluice -- servers", or set DATABASE_URL\.\n$/,
    );
  }
});

it('status tells which server is away instead of waiting for it', async () => {
  const place = await sharedServers();
  const run = sluice({ ...place, REDIS_URL: 'redis://:hunter2@127.0.0.1:1' }, 'status', '--json');
  expect(await run.ended).toBe(2);
  expect(run.stdout()).toBe('');
  expect(run.stderr()).toMatch(
    /^sluice status: Redis cannot be used at redis:\/\/:\*\*\*@127\.0\.0\.1:1: nothing/,
  );
});

it('servers brings both up for the apps of the folder, tells a second caller, and ends them, naming who uses them still', async () => {
  const place = ownServers();
  const first = sluice(place, 'servers');
  await first.says('Ctrl-C stops them');
  expect(first.stdout()).toMatch(
    /^PostgreSQL {2}postgres:\/\/\w+:\*\*\*@127.*\nRedis {7}redis:\/\/:\*\*\*@127/,
  );
  expect(await sluice(place, 'migrate').ended).toBe(0);
  const second = sluice(place, 'servers');
  expect(await second.ended).toBe(0);
  expect(second.stderr()).toMatch(/using the servers of process \d+/);
  const { postgres: server } = JSON.parse(
    readFileSync(join(place.DATA_DIR ?? '', 'servers/state.json'), 'utf8'),
  );
  await withSql({ DATABASE_URL: `${server.url}?application_name=somebody` }, async (sql) => {
    await sql`SELECT 1`;
    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
  });
  expect(first.stderr()).toContain('are still used by: somebody (1 session)');
  expect(await sluice(place, 'status').ended).toBe(2);
});

it('help has examples for every command and exits with 0; wrong usage exits with 2', async () => {
  const place = ownServers();
  const names = ['start', 'servers', 'migrate', 'status', 'verify'];
  const helps = names.map((name) => sluice(place, name, '--help'));
  const wrong = sluice(place, 'statsu');
  expect(await Promise.all(helps.map(({ ended }) => ended))).toEqual(names.map(() => 0));
  for (const help of helps) expect(help.stdout()).toMatch(/\nExamples:\n {2}\S/);
  expect(await wrong.ended).toBe(2);
  expect(wrong.stderr()).toMatch(/unknown command 'statsu'/);
});
