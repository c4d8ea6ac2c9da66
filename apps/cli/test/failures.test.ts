import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeStores, openStores, watch, work } from '@sluice/pipeline';
import { createLogger, loadConfig } from '@sluice/process';
import { waitFor } from '@sluice/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { type Place, sharedServers, sluice } from './cli.ts';

const header = 'event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n';
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const line = (n: number, product: string) => `${id(n)},view,${product},u,2026-01-01 00:00:00,1,1.00\n`;

it('failures tells why a batch has failed and which record is bad, rejects that, and retry loads a repaired one', async () => {
  const place: Place = {
    ...(await sharedServers()),
    INSERT_ATTEMPTS: '1',
    STABLE_FOR: '0ms',
    FLUSH_INTERVAL: '1s',
  };
  const folder = join(place.DATA_DIR ?? '', 'input_data');
  mkdirSync(folder, { recursive: true });
  const config = loadConfig({ env: { ...place }, cwd: place.DATA_DIR ?? '' });
  const open = () => openStores('test', config, createLogger('test', 'silent'), 'wait');
  const [stores, watcher, worker] = [open(), open(), open()];
  const stop = new AbortController();
  const fleet = [watch(watcher, stop.signal), work(worker, stop.signal)];
  onTestFinished(async () => {
    stop.abort();
    await Promise.all(fleet);
    await Promise.all([stores, watcher, worker].map(closeStores));
  });
  const failed = async (count: number) =>
    await waitFor(async () => (await stores.queues.counts('insert')).failed === count, {
      what: 'a failed batch',
    });
  await stores.sql.unsafe(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '42501'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.product_id = 'bad') EXECUTE FUNCTION refuse()`);
  writeFileSync(join(folder, 'a.csv'), header + line(1, 'p') + line(2, 'bad') + line(3, 'p'));
  await failed(1);
  const [job] = await stores.queues.jobs('insert', 'failed', 0, 1);
  const batch = job?.id ?? '';

  const [list, found, asked, unnamed, wrong] = [
    sluice(place, 'failures'),
    sluice(place, 'failures', batch.slice(0, 8)),
    sluice(place, 'failures', batch, '--reject'),
    sluice(place, 'retry'),
    sluice(place, 'retry', 'nope'),
  ];
  const codes = await Promise.all([list, found, asked, unnamed, wrong].map((run) => run.ended));
  expect(codes).toEqual([0, 0, 2, 2, 2]);
  expect(list.stdout()).toMatch(/^PostgreSQL failed: SQLSTATE 42501 .*\n {2}1 failed job, 3 records; first /);
  expect(list.stdout()).toContain(`  ${batch}  3 records  a.csv\n`);
  expect(list.stdout()).toContain('npm run sluice -- retry --all');
  expect(found.stdout()).toContain('PostgreSQL refuses 1 record; it takes the others\n');
  expect(found.stdout()).toContain(`  line 3 of a.csv: SQLSTATE 42501\n    ${line(2, 'bad')}`);
  expect(found.stdout()).toContain(`npm run sluice -- failures ${batch.slice(0, 8)} --reject\n`);
  expect(asked.stderr()).toContain('run it again with --yes');
  expect(unnamed.stderr()).toContain('a batch, --reason, --all');
  expect(wrong.stderr()).toContain('no batch of that name: nope');

  const rejected = sluice(place, 'failures', batch, '--reject', '--yes', '--json');
  expect(await rejected.ended).toBe(0);
  expect(JSON.parse(rejected.stdout())).toMatchObject({ rejected: 1, failed: [], waiting: [] });
  expect(await stores.sql`SELECT line, code FROM sluice_rejects`).toMatchObject([
    { line: 3, code: 'refused_by_database' },
  ]);

  writeFileSync(join(folder, 'b.csv'), header + line(4, 'bad'));
  await failed(1);
  const still = sluice(place, 'retry', '--all');
  expect(await still.ended).toBe(1);
  expect(still.stdout()).toMatch(/^Tried again: 1 batch\nFailed again: 1 batch\n {2}PostgreSQL failed: /);
  await stores.sql`DROP TRIGGER refuse ON events`;
  const retried = sluice(place, 'retry', '--all', '--json');
  expect(await retried.ended).toBe(0);
  expect(JSON.parse(retried.stdout())).toMatchObject({
    retried: 1,
    done: [{ queue: 'insert' }],
    waits: null,
  });
  expect(await stores.sql`SELECT FROM events`).toHaveLength(3);
  const audit = await stores.sql`SELECT action, subject FROM sluice_audit ORDER BY audit_no`;
  expect(audit).toEqual([
    { action: 'reject', subject: `insert ${batch}` },
    { action: 'retry', subject: 'all' },
    { action: 'retry', subject: 'all' },
  ]);
});
