import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@sluice/testkit';
import { expect, it } from 'vitest';
import { judgeRedisPassword } from '../src/doctor-secrets.ts';
import { ownServers, type Place, sharedServers, sluice } from './cli.ts';

const header = 'event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n';
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const line = (n: number) => `${id(n)},view,p,u,2026-01-01 00:00:00,1,1.00\n`;

function drop(place: Place, name: string, content: string): void {
  const folder = join(place.DATA_DIR ?? '', 'input_data');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), header + content);
}

it('drain loads all with nothing else running, beside a quarantined file too; recover then has little to do', async () => {
  const place = await sharedServers();
  drop(place, 'a.csv', line(1) + line(2));
  drop(place, 'bad.csv', '');
  writeFileSync(join(place.DATA_DIR ?? '', 'input_data/bad.csv'), 'no,events\n1,2\n');
  const run = sluice(place, 'drain', '--json');
  expect(await run.ended).toBe(1);
  expect(JSON.parse(run.stdout())).toMatchObject({
    outcome: 'drained',
    files: 2,
    inserted: 2,
    quarantined: 1,
    attention: [{ code: 'file_quarantined', file: 'bad.csv', feed: 'events' }],
    ...{ notLoaded: [], nothing: '' },
  });
  const rehearsal = sluice(place, 'recover', '--rehearse');
  expect(await rehearsal.ended).toBe(0);
  expect(rehearsal.stdout()).toMatch(/files in the folder +2\n +loaded +2 {2}go back into the checkpoint/);
  const [again, recovery] = [sluice(place, 'drain'), sluice(place, 'recover', '--json')];
  expect(await Promise.all([again.ended, recovery.ended])).toEqual([0, 0]);
  expect(again.stdout()).toMatch(
    /^Drained after [\d.]+ s: 0 files, 0 records = .*\nNothing was loaded: in the source folders lie only 2 files that were/,
  );
  expect(JSON.parse(recovery.stdout())).toMatchObject({ after: 2, registered: 0, queued: 0 });
});

it('drain waits for a file whose last line has no end, and says so, as status and lint do', async () => {
  const place: Place = { ...(await sharedServers()), UNFINISHED_FOR: '1h' };
  drop(place, 'cut.csv', line(1) + line(2).slice(0, -2));
  const drained = sluice(place, 'drain');
  const why = '1 file without a line end in the last line, until it has not changed for 1h (UNFINISHED_FOR)';
  await waitFor(() => drained.stderr().includes(`Waits for ${why}: cut.csv\n`), { what: 'the reason' });
  const cut = join(place.DATA_DIR ?? '', 'input_data/cut.csv');
  const [page, json, lint] = [
    sluice(place, 'status'),
    sluice(place, 'status', '--json'),
    sluice(place, 'lint', cut),
  ];
  expect(await Promise.all([page.ended, json.ended, lint.ended])).toEqual([0, 0, 0]);
  expect(page.stdout()).toMatch(/^Waiting: 1 file may still be being written\n/);
  expect(page.stdout()).toContain(`Waiting     ${why}: cut.csv\n`);
  expect(JSON.parse(json.stdout()).waitingFiles).toEqual({ files: 1, unfinished: 1, names: ['cut.csv'] });
  expect(lint.stdout()).toContain(
    'its last line has no line end: in the source folder it waits until it has',
  );
  expect(drained.process.exitCode).toBe(null);
  appendFileSync(cut, '0\n');
  expect(await drained.ended).toBe(0);
  expect(drained.stdout()).toMatch(/: 1 file, 2 records = 2 inserted/);
});

it('undo shows what would go, refuses where nobody can be asked, removes with --yes, and replay brings it back', async () => {
  const place = await sharedServers();
  drop(place, 'a.csv', line(1) + line(2));
  drop(place, 'b.csv', line(3));
  expect(await sluice(place, 'drain').ended).toBe(0);
  const asked = sluice(place, 'undo', 'a.csv');
  expect(await asked.ended).toBe(2);
  expect(asked.stdout()).toMatch(
    /^a\.csv \(file \d\) brought 2 rows that no other loaded file holds\n {2}view +2\n/,
  );
  expect(asked.stderr()).toContain('What to do: run it again with --yes');
  const done = sluice(place, 'undo', 'a.csv', '--yes', '--json');
  expect(await done.ended).toBe(0);
  expect(JSON.parse(done.stdout())).toMatchObject({ name: 'a.csv', rows: 2, removed: 2 });
  const [proof, gone, other] = [
    sluice(place, 'verify'),
    sluice(place, 'event', id(1)),
    sluice(place, 'event', id(3).toUpperCase()),
  ];
  expect(await Promise.all([proof.ended, gone.ended, other.ended])).toEqual([0, 1, 0]);
  expect(proof.stdout()).toContain('3 inserted (2 of them undone)');
  expect(gone.stdout()).toContain('It may have been removed by an undo of a.csv (2 rows).');
  expect(other.stdout()).toMatch(/It is line 2 of \S+b\.csv\n$/);

  const replayed = sluice(place, 'replay', 'a.csv', '--wait', '--json');
  await replayed.says('waiting for a worker');
  expect(await sluice(place, 'drain').ended).toBe(0);
  expect(await replayed.ended).toBe(0);
  expect(JSON.parse(replayed.stdout())).toMatchObject({ complete: true, inserted: 2, duplicates: 0 });
});

it('doctor finds nothing wrong where all is well, and says how to fix what is wrong', async () => {
  const place = await sharedServers();
  drop(place, 'lies.csv', line(9));
  const well = sluice(place, 'doctor', '--json');
  const sick = sluice(
    { ...place, REDIS_URL: 'redis://127.0.0.1:1', ARCHIVE_DIR: 'data', SOURCE_DIR: 'data' },
    'doctor',
  );
  const alone = sluice(ownServers(), 'doctor');
  expect(await Promise.all([well.ended, sick.ended, alone.ended]), well.stdout()).toEqual([0, 1, 1]);
  const { healthy, findings } = JSON.parse(well.stdout());
  expect([healthy, findings.at(-1)]).toEqual([
    true,
    {
      ...{ check: 'Attention', state: 'warning', fix: 'npm run watcher' },
      found: 'no watcher runs, but 1 file that lies in the source is not registered',
    },
  ]);
  const here = judgeRedisPassword(true, ['127.0.0.1', '::1', '::ffff:127.0.0.1']);
  expect(here).toMatchObject({ state: 'ok', found: expect.stringContaining('loopback') });
  const remote = judgeRedisPassword(true, ['127.0.0.1', '10.0.0.5', 'fd00::1']);
  expect(remote).toMatchObject({ state: 'warning', found: expect.stringContaining('10.0.0.5, fd00::1') });
  expect(remote.fix).toContain('requirepass');
  expect(judgeRedisPassword(false, ['10.0.0.5'])).toMatchObject({ state: 'ok' });
  expect(sick.stdout()).toMatch(
    /^wrong +Redis +Redis cannot be used at \S+ nothing listens there\n +fix: start that/m,
  );
  expect(sick.stdout()).toMatch(/^wrong +Source folder +SOURCE_DIR: .*ARCHIVE_DIR/m);
  expect(alone.stdout()).toMatch(/^wrong +PostgreSQL .*\n +fix: run "npm start"/m);
});

it('config shows each value and its origin, and no password', async () => {
  const place = { ...ownServers(), DATABASE_URL: 'postgres://me:hunter2@db.example/x', BATCH_ROWS: '500' };
  const run = sluice(place, 'config', '--json');
  expect(await run.ended).toBe(0);
  expect(run.stdout()).not.toContain('hunter2');
  expect(JSON.parse(run.stdout())).toMatchObject({
    DATABASE_URL: { value: 'postgres://me:***@db.example/x', from: 'environment' },
    BATCH_ROWS: { value: '500', from: 'environment' },
    JOB_LOCK: { value: '30s', from: 'default' },
    STAGING_MAX_BYTES: { value: '128MiB', from: 'default' },
    LOG_LEVEL: { value: 'info', from: 'default' },
  });
});

it('event refuses what is no UUID, and help of each command has examples', async () => {
  const place = ownServers();
  const wrong = sluice(place, 'event', "1'; DROP TABLE events");
  expect(await wrong.ended).toBe(2);
  expect(wrong.stderr()).toMatch(/^sluice event: not an event_id: .*\nWhat to do: give a UUID/);
  const names = ['drain', 'recover', 'replay', 'undo', 'config', 'doctor', 'event'];
  const helps = names.map((name) => sluice(place, name, '--help'));
  expect(await Promise.all(helps.map(({ ended }) => ended))).toEqual(names.map(() => 0));
  for (const help of helps) expect(help.stdout()).toMatch(/\nExamples:\n {2}\S/);
});
