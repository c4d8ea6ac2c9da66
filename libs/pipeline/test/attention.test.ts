import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dropOldProcesses, knownProcesses, listAudit, markGone, noteBegin, noteEnd } from '@sluice/ledger';
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  acknowledge,
  Discovery,
  type FeedStores,
  judgeHealth,
  readHealthFacts,
  replay,
  watch,
} from '../src/index.ts';
import { LedgerBeat } from '../src/observe/ledger-beat.ts';

import { quarantinedFiles } from '../src/without-redis.ts';
import { dropEvents, eventsOf, type InProcess, idOf, inProcess, range } from './in-process.ts';
import { dropFile } from './load.ts';

let pipeline: InProcess;
let stores: FeedStores;
let n = 0;
let names: Record<'bad' | 'rejects' | 'quotes', string>;

beforeAll(async () => {
  pipeline = await inProcess();
  stores = pipeline.open();
});
afterAll(() => pipeline.close());

/** Each test has files and ids of its own, and finds what was told before acknowledged. */
beforeEach(async () => {
  n += 1;
  names = { bad: `bad${n}.csv`, rejects: `rejects${n}.csv`, quotes: `quotes${n}.csv` };
  for (const code of ['file_quarantined', 'file_rejected', 'lines_swallowed', 'process_missed'])
    await acknowledge({ code }, stores);
});

const HEADER = eventsOf([]);
const BAD = 'no,columns\n1,2\n';
const line = (id: number, product = 'p') => `${idOf(id)},view,${product},u,2026-01-01 00:00:00,1,1.00\n`;

const reasons = async () => judgeHealth(await readHealthFacts(stores)).reasons;
const open = async () => (await reasons()).map(({ code, subject }) => `${code} ${subject}`).sort();
const all = () => [
  `file_quarantined ${names.bad}`,
  `file_rejected ${names.rejects}`,
  `lines_swallowed ${names.quotes}`,
];

async function troubled(env: Record<string, string> = {}): Promise<void> {
  const id = n * 100;
  dropFile(pipeline.source, names.bad, `${BAD}${n},0\n`);
  dropFile(pipeline.source, names.rejects, `${HEADER}x${n},view,p,u,2026-01-01 00:00:00,1,1.00\n`);
  // The quote on line 2 is closed on line 4, so line 3 is a part of its value.
  const quoted = [line(id, '"p'), line(id + 1), line(id + 2, 'p"'), line(id + 3)].join('');
  dropFile(pipeline.source, names.quotes, `${HEADER}${quoted}`);
  dropEvents(pipeline, `good${n}.csv`, [id + 4]);
  await pipeline.load(env);
  expect(await open()).toEqual(all());
}

it('tells of files that were quarantined, whose every record was rejected, or whose lines were swallowed, and what to do', async () => {
  await troubled();
  for (const { level, todo, feed } of await reasons())
    expect([level, feed, todo]).toEqual(['attention', 'events', expect.stringContaining('correct the file')]);
});

it('forgets a file that was corrected or deleted, by itself, and tells of a replayed one again if it fails again', async () => {
  await troubled();
  dropEvents(pipeline, names.rejects, [n * 100 + 5]);
  rmSync(join(pipeline.source, names.quotes));
  await replay(names.bad, stores, 'anna');
  await pipeline.load();
  expect(await open()).toEqual([`file_quarantined ${names.bad}`]);
});

it('forgets a file that is deleted where clean-up has put it', async () => {
  await troubled({ CLEAN_SOURCE: 'archive' });
  rmSync(join(stores.config.quarantineDir, names.bad));
  expect(await open()).toEqual(all().slice(1));
});

it('acknowledges a version of a file, or all of a reason, writes that to the audit, and tells of the next version', async () => {
  await troubled();
  const ack = async (code: string, o: { subject?: string; version?: string } = {}) =>
    await acknowledge({ code, ...o }, stores, 'anna');
  expect(await ack('file_quarantined', { subject: names.bad })).toEqual([names.bad]);
  expect(await ack('file_quarantined', { subject: names.bad })).toEqual([]);
  expect(await ack('file_rejected', { subject: 'none.csv' })).toEqual([]);
  expect(await ack('file_rejected', { version: '999' })).toEqual([]);
  expect(await ack('lines_swallowed')).toEqual([names.quotes]);
  expect(await open()).toEqual([`file_rejected ${names.rejects}`]);
  await expect(ack('failed_batches')).rejects.toThrow('can be acknowledged');
  expect(await listAudit(stores.sql, { after: null, limit: 2 })).toMatchObject([
    {
      action: 'ack',
      subject: 'lines_swallowed',
      doneBy: 'anna',
      detail: { subjects: [names.quotes], count: 1 },
    },
    { action: 'ack', subject: 'file_quarantined', doneBy: 'anna' },
  ]);
  const listed = async (only: boolean) => {
    const files = await Array.fromAsync(quarantinedFiles(10, stores, { feed: null, open: only }));
    return files.filter(({ name }) => name === names.bad).map(({ settled }) => settled);
  };
  expect([await listed(true), await listed(false)]).toEqual([[], ['acknowledged']]);
  dropFile(pipeline.source, names.bad, `${BAD}3,4\n5,6\n`);
  await pipeline.load();
  expect(await open()).toEqual(all().slice(0, 2));
});

it('names the newest five files of a reason and counts the others', async () => {
  for (const i of range(1, 7)) writeFileSync(join(pipeline.source, `many${i}.csv`), `${BAD}${i},9\n`);
  await pipeline.load();
  const told = await reasons();
  expect(told).toHaveLength(6);
  expect(told.at(-1)).toMatchObject({ subject: '', text: '2 more quarantined files' });
});

it('misses a process that went silent without ending, until it is acknowledged or another one stands for it', async () => {
  const begin = async (role: string) =>
    await noteBegin(stores.sql, { id: `${role}-a-1`, role, host: 'a' }, 30_000);
  const [worker, watcher, ended] = [await begin('worker'), await begin('watcher'), await begin('worker')];
  await noteEnd(stores.sql, ended);
  expect(await open()).toEqual([]);
  await pipeline.sql`
    UPDATE sluice_processes SET started_at = now() - interval '1 day', seen_at = now() - interval '1 hour'
    WHERE process_no IN ${pipeline.sql([worker, watcher, ended])}`;
  expect(await open()).toEqual(['process_missed watcher-a-1', 'process_missed worker-a-1']);
  const order = { code: 'process_missed', subject: 'worker-a-1' };
  expect(await acknowledge(order, stores, 'anna')).toEqual(['worker-a-1']);
  expect(await open()).toEqual(['process_missed watcher-a-1']);
  await noteEnd(stores.sql, await begin('watcher'));
  expect(await open()).toEqual([]);
  expect(await dropOldProcesses(stores.sql, 60_000)).toBeGreaterThanOrEqual(3);
});

it('does not miss a process that ended in order while PostgreSQL was away', async () => {
  const { log, fleet, sql } = stores;
  const self = { id: 'worker-b-1', role: 'worker', host: 'b' };
  let reached = true;
  const away = () => Promise.reject(new Error('away'));
  const gate = new Proxy(sql, {
    get: (target, name) => (!reached && name === 'unsafe' ? away : Reflect.get(target, name)),
  });
  const beat = new LedgerBeat(self, { sql: gate, log, fleet });
  beat.beat();
  const rows = () =>
    sql<{ no: number }[]>`SELECT process_no::int AS no FROM sluice_processes WHERE id = ${self.id}`;
  await waitFor(async () => (await rows()).length === 1, { what: 'the process in the ledger' });
  reached = false;
  await beat.end();
  await sql`UPDATE sluice_processes SET seen_at = now() - interval '1 hour' WHERE id = ${self.id}`;
  expect((await knownProcesses(sql)).filter(({ id, ended }) => id === self.id && !ended)).toHaveLength(1);
  expect(await open()).toEqual([]);
  await pipeline.sql`DELETE FROM sluice_processes WHERE id = ${self.id}`;
});

it('says that no watcher runs only while work needs one; one that ends in order is not missed', async () => {
  expect(await open()).toEqual([]);
  const stop = new AbortController();
  const watching = watch(pipeline.open({ RECONCILE_INTERVAL: '1h', STABLE_FOR: '1h' }), stop.signal);
  await waitFor(async () => (await knownProcesses(stores.sql)).length === 1, { what: 'the watcher' });
  dropEvents(pipeline, 'lies.csv', [9_999]);
  expect(await open()).toEqual([]);
  stop.abort();
  await watching;
  expect(await open()).toEqual(['no_watcher ']);
  expect(await acknowledge({ code: 'no_watcher' }, stores, 'anna')).toEqual(['']);
  expect(await open()).toEqual([]);
  await pipeline.load();
  expect(await knownProcesses(stores.sql)).toEqual([]);
});

it('tells once of a file that neither a worker nor the watcher can read, and not again after either was acknowledged', async () => {
  const id = 'watcher-a-7';
  const cannotRead = async (name: string) => {
    dropEvents(pipeline, name, [n * 100 + 7]);
    const discovery = new Discovery(stores);
    const found = () =>
      stores.sql<{ no: number; token: string }[]>`
        SELECT file_no::int AS no, token FROM sluice_files WHERE name = ${name}`;
    const registered = async () => {
      await discovery.scan(true);
      return (await found()).length === 1;
    };
    await waitFor(registered, { what: 'a registered file' });
    const [file] = await found();
    const unreadable = { files: 1, names: [name], tokens: [file?.token ?? ''] };
    const nothing = { files: 0, unfinished: 0, names: [] };
    const feed = {
      ...{ feed: 'events', folder: pipeline.source, declared: true, waiting: nothing, outdated: false },
      ...{ ambiguous: { files: 0, names: [] }, unreadable, unclaimed: 0, specials: 0, folders: 0 },
    };
    const about = { id, role: 'watcher', host: 'a', pid: 7, version: '1', concurrency: 1, busy: 0 };
    await stores.fleet.beat({ ...about, startedAt: Date.now(), seenAt: Date.now(), feeds: [feed] });
    const worker = async () => await markGone(stores.sql, [file?.no as never], 'unreadable');
    return { worker, subject: name };
  };

  const told = async () => (await reasons()).filter(({ code }) => code === 'file_unreadable');
  const ack = async () => {
    const [{ code, subject, version } = { code: '', subject: '', version: '' }] = await told();
    return await acknowledge({ code, subject, version }, stores, 'anna');
  };

  const { worker, subject } = await cannotRead(`a${n}.csv`);
  expect((await told()).map((one) => one.subject)).toEqual([subject]);
  await worker();
  expect((await told()).map((one) => one.subject)).toEqual([subject]);
  expect(await ack()).toContain(subject);
  expect(await told()).toEqual([]);

  const later = await cannotRead(`b${n}.csv`);
  expect(await ack()).toEqual([later.subject]);
  await later.worker();
  expect(await told()).toEqual([]);
  await stores.fleet.leave(id);
});
