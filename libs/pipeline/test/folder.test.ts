import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { columnsOf, DEFAULT_RULES, events, type FileNo } from '@sluice/core';
import { openFiles, registerVersions, verify } from '@sluice/ledger';
import { createLogger, loadConfig } from '@sluice/process';
import { sourceAt } from '@sluice/source';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  awaitedFiles,
  closeStores,
  Discovery,
  drain,
  type FeedStores,
  judgeHealth,
  openStores,
  parse,
  readHealthFacts,
  recover,
} from '../src/index.ts';
import { GoneFiles } from '../src/intake/gone-files.ts';
import { closedFiles, countOf, dropFile, type TestPipeline, testPipeline } from './load.ts';

let pipeline: TestPipeline;

afterEach(() => pipeline.close());

const at = (name: string) => join(pipeline.source, name);
const outside = (name: string) => join(pipeline.env.DATA_DIR ?? '', name);

const csv = (type: string) =>
  `${columnsOf(events).join(',')}\n${crypto.randomUUID()},${type},product_1,user_1,2026-01-01 00:00:00,,\n`;

const types = async () =>
  (await pipeline.sql<{ event_type: string }[]>`SELECT event_type FROM events ORDER BY 1`).map(
    (row) => row.event_type,
  );

const files = async () => [
  ...(await pipeline.sql<{ name: string; closed: boolean; gone_why: string | null }[]>`
    SELECT name, closed_at IS NOT NULL AS closed, gone_why FROM sluice_files ORDER BY name`),
];

const closed = (count: number) =>
  waitFor(async () => (await closedFiles(pipeline.sql)) >= count, { what: `${count} complete files` });

describe('in the source folder', () => {
  beforeEach(async () => {
    pipeline = await testPipeline();
  });

  it('only regular files under a source name are loaded, and a name cannot spoil the log', async () => {
    writeFileSync(outside('outside.csv'), csv('no'));
    symlinkSync(outside('outside.csv'), at('link.csv'));
    symlinkSync('nowhere.csv', at('dangling.csv'));
    mkdirSync(at('folder.csv'));
    writeFileSync(at('folder.csv/in.csv'), csv('no'));
    execFileSync('mkfifo', [at('pipe.csv')]);
    if (process.geteuid?.() === 0) execFileSync('mknod', [at('device.csv'), 'c', '1', '3']);
    const server = createServer().listen(at('socket.csv'));
    await waitFor(() => existsSync(at('socket.csv')), { what: 'the socket' });
    for (const name of ['.a.csv', 'a.csv.tmp', 'b.csv.part', 'c.csv.bak', 'csv'])
      writeFileSync(at(name), csv('no'));
    const hostile = '\u001b[2J\u0007\r\n{"level":60}\u202e\u009b.csv';
    dropFile(pipeline.source, hostile, csv('hostile'));
    writeFileSync(
      Buffer.concat([Buffer.from(at('not-utf8-')), Buffer.from([0xff]), Buffer.from('.csv')]),
      '',
    );

    const watcher = pipeline.fleet.start('watcher');
    const worker = pipeline.fleet.start('worker');
    await closed(1);
    renameSync(at('a.csv.tmp'), at('a.csv'));
    await closed(2);
    server.close();

    expect((await files()).map(({ name }) => name)).toEqual([hostile, 'a.csv'].sort());
    expect(await types()).toEqual(['hostile', 'no']);
    const output = watcher.output + worker.output;
    expect(worker.lines('parsed').map(({ file }) => file)).toContain(hostile);
    expect(output).not.toMatch(/[^\n\P{Cc}]|[\u2028-\u202e]/u);
    for (const line of output.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('app');
    expect(watcher.lines('files whose names are not UTF-8 cannot be read: rename them')).toHaveLength(1);
  });

  it('what took the place of a registered file is neither followed nor waited for, nor is a name that leads outside', async () => {
    const names = ['deleted', 'folder', 'link', 'loop', 'pipe', 'socket'].map((name) => `${name}.csv`);
    for (const name of names) dropFile(pipeline.source, name, csv('old'));
    writeFileSync(outside('outside.csv'), csv('no'));
    const watcher = pipeline.fleet.start('watcher');
    await waitFor(async () => (await files()).length === names.length, { what: 'registered files' });
    watcher.signal('SIGTERM');
    await watcher.ended();

    for (const name of names) rmSync(at(name));
    mkdirSync(at('folder.csv'));
    symlinkSync(outside('outside.csv'), at('link.csv'));
    symlinkSync('loop.csv', at('loop.csv'));
    execFileSync('mkfifo', [at('pipe.csv')]);
    const server = createServer().listen(at('socket.csv'));
    const lookedAt = await sourceAt(outside('')).look('outside.csv');
    if (lookedAt === undefined) throw new Error('outside.csv is not there');
    const { token, changedAt } = lookedAt;
    const version = { token, changedAt, landedAt: new Date(), stableAt: new Date(), same: null };
    const leading = ['../outside.csv', outside('outside.csv'), '..', `${'x'.repeat(300)}.csv`];
    await registerVersions(
      pipeline.sql,
      leading.map((name) => ({ ...version, name })),
      DEFAULT_RULES,
    );
    dropFile(pipeline.source, 'z.csv', csv('yes'));
    pipeline.fleet.start('watcher');
    const worker = pipeline.fleet.start('worker');
    await closed(1);
    await waitFor(async () => (await files()).every((file) => file.closed || file.gone_why !== null), {
      what: 'no open file',
    });
    server.close();

    const missing = (await files()).filter(({ gone_why }) => gone_why === 'missing');
    expect(missing.map(({ name }) => name).sort()).toEqual([...names, ...leading].sort());
    expect(await types()).toEqual(['yes']);
    expect(worker.output).not.toContain('it stays in the failed set');
    expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
  });
});

describe('when the source folder itself', () => {
  beforeEach(async () => {
    // So that only the doorbell tells of files.
    pipeline = await testPipeline({ env: { RECONCILE_INTERVAL: '1h' } });
  });

  it('is missing at the start, removed, replaced, or moved away for a while, files that come later are loaded at once', async () => {
    rmSync(pipeline.source, { recursive: true });
    const watcher = pipeline.fleet.start('watcher');
    pipeline.fleet.start('worker');
    await waitFor(() => existsSync(pipeline.source), { what: 'the folder' });
    await waitFor(() => watcher.lines('watching').length > 0, { what: 'the watcher' });
    dropFile(pipeline.source, 'a.csv', csv('made'));
    await closed(1);

    /** Does something, and waits until the watcher says so once more than it had before. */
    const said = async (message: string, what: string, work: () => void) => {
      const before = watcher.lines(message).length;
      work();
      await waitFor(() => watcher.lines(message).length > before, { what });
    };
    const trouble = (work: () => void) =>
      said('cannot look for files now; trying again until it works', 'the trouble', work);
    const over = (work: () => void) => said('looking for files again', 'the folder again', work);

    rmSync(pipeline.source, { recursive: true });
    mkdirSync(pipeline.source);
    dropFile(pipeline.source, 'b.csv', csv('made again'));
    await closed(2);

    await trouble(() => {
      rmSync(pipeline.source, { recursive: true });
      writeFileSync(pipeline.source, 'no folder');
    });
    await over(() => {
      rmSync(pipeline.source);
      mkdirSync(pipeline.source);
    });
    dropFile(pipeline.source, 'c.csv', csv('replaced'));
    await closed(3);

    await trouble(() => renameSync(pipeline.source, outside('away')));
    await over(() => renameSync(outside('away'), pipeline.source));
    dropFile(pipeline.source, 'd.csv', csv('moved'));
    await closed(4);
    expect(await types()).toEqual(['made', 'made again', 'moved', 'replaced']);
  });
});

describe('another folder than the one that files were registered from', () => {
  let stores: FeedStores;

  beforeEach(async () => {
    pipeline = await testPipeline({ env: { RECONCILE_INTERVAL: '500ms' } });
    stores = openStores('test', loadConfig({ env: pipeline.env }), createLogger('test', 'silent'), 'wait');
  });
  afterEach(() => closeStores(stores));

  const codes = async () => judgeHealth(await readHealthFacts(stores)).reasons.map(({ code }) => code);
  const jobs = async () => await stores.queues.board().parse.getJobs(['delayed', 'wait', 'active', 'failed']);

  it('seen by a worker: it gives its jobs back, which health tells with host and folder, and says of no file that it is gone', async () => {
    const watcher = pipeline.fleet.start('watcher');
    dropFile(pipeline.source, 'a.csv', csv('waits'));
    mkdirSync(outside('elsewhere'));
    // Other content under the same name must not make it say "changed" either.
    writeFileSync(outside('elsewhere/a.csv'), csv('another'));
    const blind = pipeline.fleet.start('worker', [], { SOURCE_DIR: outside('elsewhere') });
    await waitFor(async () => (await codes()).includes('source_not_visible'), {
      what: 'the word of the worker',
    });
    const { reasons } = judgeHealth(await readHealthFacts(stores));
    expect(reasons.find(({ code }) => code === 'source_not_visible')?.text).toContain(
      `a worker on ${hostname()} does not see the source folder at ${outside('elsewhere')} (a.csv is`,
    );
    const [job] = await jobs();
    expect(job?.attemptsMade).toBe(0);
    expect(job?.stacktrace ?? []).toEqual([]);

    pipeline.fleet.start('worker');
    await closed(1);
    expect(await types()).toEqual(['waits']);
    expect(await files()).toEqual([{ name: 'a.csv', closed: true, gone_why: null }]);
    expect(blind.lines('this worker does not see the source folder')).toHaveLength(1);
    const [begun] = await pipeline.sql`SELECT begun FROM sluice_files`;
    expect(begun).toEqual({ begun: 1 });

    // It is mounted there by now: the worker finds that out by itself.
    renameSync(outside('elsewhere'), outside('away'));
    symlinkSync(pipeline.source, outside('elsewhere'));
    await waitFor(async () => !(await codes()).includes('source_not_visible'), { what: 'a healthy worker' });
    await waitFor(() => blind.lines('this worker sees the source folder again').length === 1, {
      what: 'the word of the worker',
    });
    expect(pipeline.fleet.output).not.toContain('"msg":"gone before');
    expect(watcher.lines('files had lost their jobs: queued them again')).toEqual([]);
  });

  it('seen by the watcher, as when a mount is away: no file is gone, until it is back or "recover" gives the files up', async () => {
    dropFile(pipeline.source, 'a.csv', csv('back'));
    dropFile(pipeline.source, 'b.csv', csv('deleted'));
    dropFile(pipeline.source, 'c.csv', csv('lost'));
    pipeline.fleet.start('watcher');
    await waitFor(async () => (await files()).length === 3, { what: 'registered files' });
    renameSync(pipeline.source, outside('away'));
    mkdirSync(pipeline.source);
    await waitFor(async () => (await codes()).includes('source_not_visible'), {
      what: 'the word of the watcher',
    });
    pipeline.fleet.start('worker');
    await waitFor(async () => (await jobs())[0]?.delay === 5_000, { what: 'a job that was given back' });
    const state = async () =>
      Object.fromEntries((await files()).map(({ name, gone_why }) => [name, gone_why]));
    expect(await state()).toEqual({ 'a.csv': null, 'b.csv': null, 'c.csv': null });

    rmSync(outside('away/b.csv'));
    renameSync(outside('away/c.csv'), outside('c.csv'));
    rmSync(pipeline.source, { recursive: true });
    renameSync(outside('away'), pipeline.source);
    await closed(1);
    expect(await types()).toEqual(['back']);
    await waitFor(async () => Object.values(await state()).filter(Boolean).length === 2, {
      what: 'the watcher to miss two files',
    });
    expect(await state()).toEqual({ 'a.csv': null, 'b.csv': 'missing', 'c.csv': 'missing' });
    await waitFor(async () => !(await codes()).includes('source_not_visible'), { what: 'health' });

    renameSync(outside('c.csv'), at('c.csv'));
    await closed(2);
    await pipeline.fleet.stop();
    dropFile(pipeline.source, 'd.csv', csv('lost'));
    await discoverAndLoseTheFolder();
    pipeline.fleet.start('watcher');
    await waitFor(async () => (await codes()).includes('source_not_visible'), {
      what: 'the word of the watcher',
    });
    expect((await state())['d.csv']).toBe(null);
    await recover(stores);
    await waitFor(async () => (await state())['d.csv'] === 'missing', { what: 'the file to be given up' });
  });

  async function discoverAndLoseTheFolder(): Promise<void> {
    const discovery = new Discovery(stores, new GoneFiles(stores));
    await discovery.scan(false);
    await waitFor(async () => (await discovery.lookAgain()).registered === 1, { what: 'a registered file' });
    renameSync(pipeline.source, outside('lost'));
    mkdirSync(pipeline.source);
  }
});

describe('a file that may not be read', () => {
  let stores: FeedStores;
  let discovery: Discovery;

  beforeEach(async () => {
    pipeline = await testPipeline({ env: { STABLE_FOR: '0ms' } });
    const log = createLogger('test', 'silent');
    stores = openStores('test', loadConfig({ env: pipeline.env }), log, 'wait');
    discovery = new Discovery(stores);
  });
  afterEach(() => closeStores(stores));

  /** Root may read everything: it becomes another account for a while. */
  async function asStranger<T>(work: () => Promise<T>): Promise<T> {
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      return await work();
    } finally {
      if (root) process.seteuid?.(0);
    }
  }

  const scan = (reconcile: boolean) => asStranger(() => discovery.scan(reconcile));

  const parseOpen = () =>
    asStranger(async () => {
      for (const file of await openFiles(stores.sql, 0 as FileNo, 10))
        await parse(
          { v: 1, file_no: file.fileNo, file: file.name },
          new Date(),
          stores,
          new AbortController().signal,
        );
    });

  const told = (log: { mock: { calls: unknown[][] } }) =>
    log.mock.calls.flatMap(([fields, message]) =>
      String(message).startsWith('a source file can') ? [fields] : [],
    );

  it('is set aside, told of once, tried at each reconcile only, and loaded once it may be read', async () => {
    const warned = vi.spyOn(stores.log, 'warn');
    const informed = vi.spyOn(stores.log, 'info');
    for (const name of ['a.csv', 'b.csv']) dropFile(pipeline.source, name, csv(name));
    chmodSync(at('a.csv'), 0);
    await scan(true);
    await parseOpen();
    const stillOpen = async () => (await openFiles(stores.sql, 0, 10)).map(({ name }) => name);
    const unreadable = { name: 'a.csv', closed: false, gone_why: 'unreadable' };
    expect((await files())[0]).toEqual(unreadable);

    for (const reconcile of [true, false, true]) {
      await scan(reconcile);
      expect((await files())[0]).toEqual(unreadable);
      expect(await stillOpen()).toEqual(['b.csv']);
    }
    const hint = 'give this account the right to read it, or take it away';
    expect(told(warned)).toEqual([{ file: 'a.csv', code: 'EACCES', hint }]);

    expect(discovery.unreadable.map(({ name }) => name)).toEqual(['a.csv']);
    chmodSync(at('a.csv'), 0o644);
    await scan(false);
    expect(await stillOpen()).toEqual(['b.csv']);
    await scan(true);
    expect(await stillOpen()).toEqual(['a.csv', 'b.csv']);
    expect(told(informed)).toEqual([{ file: 'a.csv' }]);
    expect(told(warned)).toHaveLength(1);
    expect(discovery.unreadable).toEqual([]);
  });

  it('holds up no drain, which names the files that it waits for; verify does not say that it went away', async () => {
    for (const name of ['a.csv', 'b.csv']) dropFile(pipeline.source, name, csv(name));
    for (const name of ['a.csv', 'b.csv']) chmodSync(at(name), 0);
    const awaited = async () => (await asStranger(() => awaitedFiles(stores, 5))).map(({ name }) => name);
    const drained = (ms: number) => asStranger(() => drain(stores, AbortSignal.timeout(ms)));
    await scan(true);
    await parseOpen();
    expect(await drained(20_000)).toBe('drained');
    expect(await awaited()).toEqual([]);
    expect((await verify(stores.sql)).gone).toMatchObject([
      { name: 'a.csv', why: 'unreadable' },
      { name: 'b.csv', why: 'unreadable' },
    ]);

    chmodSync(at('b.csv'), 0o644);
    expect(await drained(500)).toBe('stopped');
    await waitFor(async () => (await awaited()).length > 0, { what: 'the file that is settled' });
    expect(await awaited()).toEqual(['b.csv']);
    await scan(true);
    expect(await awaited()).toEqual(['b.csv']);
  });

  it('has been loaded before under its name: it holds up no other, and is compared once it may be read', async () => {
    const warned = vi.spyOn(stores.log, 'warn');
    const content = csv('once');
    dropFile(pipeline.source, 'a.csv', content);
    pipeline.fleet.start('watcher');
    pipeline.fleet.start('worker');
    await closed(1);
    await pipeline.fleet.stop();
    utimesSync(at('a.csv'), 1_700_000_000, 1_700_000_000);
    chmodSync(at('a.csv'), 0);
    dropFile(pipeline.source, 'b.csv', csv('other'));

    for (const reconcile of [true, false, true]) await scan(reconcile);
    expect((await files()).map(({ name }) => name)).toEqual(['a.csv', 'b.csv']);
    expect(told(warned)).toMatchObject([{ file: 'a.csv', code: 'EACCES' }]);
    chmodSync(at('a.csv'), 0o644);
    await scan(false);
    expect(await files()).toHaveLength(2);
    await scan(true);
    expect((await files()).map(({ name }) => name)).toEqual(['a.csv', 'a.csv', 'b.csv']);
    expect(await countOf(pipeline.sql, 'events')).toBe(1);
  });
});
