import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verify } from '@sluice/ledger';
import { createLogger, loadConfig } from '@sluice/process';
import { S3Server, tempFolder, waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import {
  closeStores,
  type FeedStores,
  judgeHealth,
  openStores,
  readHealthFacts,
  watch,
  work,
} from '../src/index.ts';
import { type InProcess, inProcess } from './in-process.ts';

vi.stubEnv('AWS_ACCESS_KEY_ID', 'key').stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');

let pipeline: InProcess;
let server: S3Server;
let ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  [pipeline, server] = [await inProcess(), await S3Server.start()];
});
afterAll(async () => {
  await Promise.all(ends.map((end) => end()));
  await pipeline.close();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
  ends = [];
  server.fails = () => undefined;
});

/** The YAML of a feed whose files come to a bucket. */
function feed(name: string, load: string): string {
  return `feed: ${name}
source: s3://${name}/in
sourceOptions: { endpoint: "${server.endpoint}", pathStyle: true }
files: ["*.csv"]
table: ${name}
schema: { primaryKey: [id], fields: [{ name: id, type: string, constraints: { required: true } }] }
load: { ${load} }
`;
}

/** A process of the fleet, which has the YAML of the feeds and no folder of another one. */
async function start(
  app: (stores: FeedStores, stopping: AbortSignal) => Promise<unknown>,
  feeds: Record<string, string>,
): Promise<FeedStores> {
  const dataDir = tempFolder();
  const feedsDir = tempFolder();
  for (const [name, yaml] of Object.entries(feeds)) writeFileSync(join(feedsDir, `${name}.yaml`), yaml);
  const env = { ...pipeline.env, DATA_DIR: dataDir, FEEDS_DIR: feedsDir, RECONCILE_INTERVAL: '300ms' };
  const stores = openStores(
    'test',
    loadConfig({ env, cwd: dataDir }),
    createLogger('test', 'silent'),
    'wait',
  );
  const stop = new AbortController();
  const ended = app(stores, stop.signal);
  ends.push(async () => {
    stop.abort();
    await ended;
    await closeStores(stores);
  });
  return stores;
}

async function table(name: string): Promise<void> {
  await pipeline.sql.unsafe(
    `CREATE TABLE ${name} (id TEXT PRIMARY KEY, sluice_file BIGINT NOT NULL, sluice_line BIGINT NOT NULL, UNIQUE (sluice_file, sluice_line))`,
  );
}

async function ids(name: string): Promise<string[]> {
  const rows = await pipeline.sql<{ id: string }[]>`SELECT id FROM ${pipeline.sql(name)} ORDER BY id`;
  return rows.map(({ id }) => id);
}

it('a bucket is loaded by two workers that share no folder with the watcher, and cleaned as its feed says', async () => {
  const feeds = {
    archived: feed('archived', 'archive: "s3://archived/done"'),
    deleted: feed('deleted', 'cleanSource: delete, quarantine: "s3://deleted/bad"'),
    kept: feed('kept', 'cleanSource: off'),
  };
  const many = Array.from({ length: 40 }, (_, i) => `${String(i).padStart(2, '0')}.csv`);
  for (const name of Object.keys(feeds)) {
    await table(name);
    for (const [i, file] of many.entries())
      server.bucket(name, name === 'deleted').put(`in/${file}`, `id\n${name} ${i}\n`);
    server.bucket(name).put('in/broken.csv', 'other\n1\n');
    server.bucket(name).put('in/cold.csv', 'id\nx\n', { storageClass: 'GLACIER' });
    server.bucket(name).put('in/a//b.csv', 'id\ny\n');
  }
  // Every tenth body breaks, and every fifteenth request is refused for a while.
  let asked = 0;
  server.fails = ({ action }) => {
    asked += 1;
    if (action === 'GetObject' && asked % 10 === 0) return { kind: 'cut', after: 3, told: asked % 20 === 0 };
    return asked % 15 === 0 ? { kind: 'error', status: 503, code: 'SlowDown' } : undefined;
  };
  const stores = await start(watch, feeds);
  for (let i = 0; i < 2; i += 1) await start(work, feeds);
  for (const name of Object.keys(feeds))
    await waitFor(async () => (await ids(name)).length === many.length, {
      what: `the rows of ${name}`,
      timeoutMs: 60_000,
    });
  await waitFor(() => Object.keys(server.bucket('archived').contents('in/')).length === 2, {
    what: 'the archive',
  });
  await waitFor(() => Object.keys(server.bucket('deleted').contents('in/')).length === 2, {
    what: 'the deletes',
  });
  // What cannot be read stays, under its exact name.
  for (const name of ['archived', 'deleted'])
    expect(Object.keys(server.bucket(name).contents('in/'))).toEqual(['a//b.csv', 'cold.csv']);
  expect(Object.keys(server.bucket('kept').contents('in/'))).toHaveLength(43);
  const archived = Object.entries(server.bucket('archived').contents('done/'));
  expect(archived.filter(([key]) => /^\d{4}\/\d\d\/\d\d\/\d+-\d\d\.csv$/.test(key))).toHaveLength(40);
  expect(archived.filter(([key]) => /^quarantine\/\d+-broken\.csv$/.test(key))).toHaveLength(1);
  expect(Object.keys(server.bucket('deleted').contents('bad/'))).toEqual([
    expect.stringMatching(/^\d+-broken\.csv$/),
  ]);
  await waitFor(
    async () => {
      const { reasons } = judgeHealth(await readHealthFacts(stores));
      const told = reasons.filter(({ code }) => code === 'file_unreadable').map((reason) => reason.feed);
      return new Set(told).size === 3;
    },
    { what: 'the files that cannot be read to be told of' },
  );
  expect(await verify(pipeline.sql)).toMatchObject({ problems: [] });
});

it('a bucket that is away is told of, loses nothing, and is loaded when it is back; an object that is replaced counts as it is now', async () => {
  await table('late');
  const feeds = { late: feed('late', 'archive: "s3://late/done"') };
  const bucket = server.bucket('late');
  bucket.put('in/1.csv', 'id\n1\n');
  const stores = await start(watch, feeds);
  await start(work, feeds);
  await waitFor(async () => (await ids('late')).length === 1, { what: 'the first row', timeoutMs: 30_000 });
  await server.without('late', async () => {
    await waitFor(
      async () => {
        const { reasons } = judgeHealth(await readHealthFacts(stores));
        return reasons.some(({ feed: one }) => one === 'late');
      },
      { what: 'the missing bucket to be told of', timeoutMs: 30_000 },
    );
  });
  let replaced = false;
  server.fails = ({ action, key }) => {
    if (action !== 'GetObject' || key !== 'in/2.csv' || replaced) return undefined;
    replaced = true;
    return { kind: 'act', after: 4, act: () => void bucket.put('in/2.csv', 'id\n2\n3\n') };
  };
  bucket.put('in/2.csv', 'id\n2\n');
  await waitFor(async () => (await ids('late')).join() === '1,2,3', {
    what: 'the new content',
    timeoutMs: 60_000,
  });
  await waitFor(() => Object.keys(bucket.contents('in/')).length === 0, {
    what: 'the clean-up',
    timeoutMs: 30_000,
  });
  expect(await verify(pipeline.sql)).toMatchObject({ problems: [] });
});
