import {
  chmodSync,
  existsSync,
  linkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openFiles, verify } from '@sluice/ledger';
import { tempFolder, waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Discovery, type FeedStores, parse, replay, watch } from '../src/index.ts';
import { lineage, undo } from '../src/without-redis.ts';
import { dropEvents, eventsOf, type InProcess, idOf, idsInTable, inProcess, range } from './in-process.ts';

let pipeline: InProcess;
let stores: FeedStores;

beforeEach(async () => {
  pipeline = await inProcess();
  stores = pipeline.open();
});

afterEach(() => pipeline.close());

const at = (name: string) => join(pipeline.source, name);
const LONG_AGO = 1_767_000_000;

/** Gives a file other events, and its size, mtime and inode as they were: only its ctime shows it. */
function rewrite(path: string, ids: readonly number[]): void {
  const { mtime, size } = statSync(path);
  writeFileSync(path, eventsOf(ids));
  utimesSync(path, mtime, mtime);
  expect(statSync(path).size).toBe(size);
}

/** A file with a round mtime, which {@link rewrite} can give it again to the nanosecond. */
function drop(name: string, ids: readonly number[]): void {
  dropEvents(pipeline, name, ids);
  utimesSync(at(name), LONG_AGO, LONG_AGO);
}

interface Row {
  readonly generation: number;
  readonly content_no: number;
  readonly changed_at: string | null;
  readonly inserted: number;
  readonly duplicates: number;
  readonly state: 'open' | 'closed' | 'gone' | 'same';
}

const versions = async (): Promise<Row[]> => [
  ...(await stores.sql<Row[]>`
    SELECT generation, content_no, changed_at, inserted, duplicates,
           CASE WHEN same_as IS NOT NULL THEN 'same' WHEN closed_at IS NOT NULL THEN 'closed'
                WHEN gone_at IS NOT NULL THEN 'gone' ELSE 'open' END AS state
    FROM sluice_files ORDER BY file_no`),
];

const ctimeOf = (name: string) => String(statSync(at(name), { bigint: true }).ctimeNs);

async function expectClean(): Promise<void> {
  expect([...(await verify(stores.sql)).problems]).toEqual([]);
}

describe('a known name and token with another ctime is', () => {
  it('another content: loaded as the next generation, by two watchers at once', async () => {
    drop('a.csv', range(1, 3));
    await pipeline.load();
    rewrite(at('a.csv'), range(4, 6));
    const scans = [stores, pipeline.open()].map((one) => new Discovery(one).scan(true));
    await Promise.all(scans);
    await pipeline.load();
    expect(await idsInTable(pipeline)).toEqual(range(1, 6));
    expect(await versions()).toMatchObject([
      { generation: 0, content_no: 0, inserted: 3, state: 'closed' },
      { generation: 1, content_no: 1, inserted: 3, state: 'closed', changed_at: ctimeOf('a.csv') },
    ]);
    await expectClean();
  });

  it('the same content with other rights, and one name more: compared once, and not loaded again', async () => {
    drop('a.csv', range(1, 3));
    writeFileSync(at('bad.csv'), 'a,b\n1,2\n');
    await pipeline.load();
    const hash = vi.spyOn(stores.feed.source, 'contentHash');
    for (const change of [
      (name: string) => chmodSync(at(name), 0o600),
      (name: string) => linkSync(at(name), join(tempFolder(), name)),
    ]) {
      for (const name of ['a.csv', 'bad.csv']) change(name);
      hash.mockClear();
      for (let scan = 1; scan <= 3; scan += 1)
        expect((await new Discovery(stores).scan(true)).registered).toBe(0);
      expect(hash).toHaveBeenCalledTimes(2);
    }
    expect(await versions()).toMatchObject([
      { changed_at: ctimeOf('a.csv'), state: 'closed' },
      { changed_at: ctimeOf('bad.csv'), state: 'closed' },
    ]);
  });

  it('a version from before the ledger kept ctime: taken as it is, without being read', async () => {
    drop('a.csv', range(1, 3));
    await pipeline.load();
    await stores.sql`UPDATE sluice_files SET changed_at = NULL`;
    const redis = new Redis(pipeline.env.REDIS_URL ?? '');
    const checkpoint = `${stores.config.redisPrefix}:checkpoint`;
    const [member = ''] = await redis.smembers(checkpoint);
    const old = member.replace(/-\d+\|/, '|');
    await redis.multi().srem(checkpoint, member).sadd(checkpoint, old).exec();
    const hash = vi.spyOn(stores.feed.source, 'contentHash');
    expect((await new Discovery(stores).scan(true)).registered).toBe(0);
    expect(hash).not.toHaveBeenCalled();
    expect(await redis.smembers(checkpoint)).toEqual([member]);
    redis.disconnect();
    expect(await versions()).toMatchObject([{ changed_at: ctimeOf('a.csv') }]);
    // From then on it is compared like the others.
    rewrite(at('a.csv'), range(4, 6));
    await pipeline.load();
    expect(await idsInTable(pipeline)).toEqual(range(1, 6));
  });

  it('not compared for longer than a scan may take: the next one goes on', async () => {
    for (const name of ['a.csv', 'b.csv', 'c.csv']) drop(name, range(1, 3));
    await pipeline.load();
    for (const name of ['a.csv', 'b.csv', 'c.csv']) chmodSync(at(name), 0o600);
    const discovery = new Discovery(stores);
    const hash = vi.spyOn(stores.feed.source, 'contentHash');
    const clock = vi.spyOn(performance, 'now');
    hash.mockImplementationOnce(async () => {
      clock.mockReturnValue(Number.MAX_SAFE_INTEGER);
      return undefined;
    });
    expect((await discovery.scan(true)).more).toBe(true);
    expect(hash).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
    expect((await discovery.scan(true)).more).toBe(false);
    expect((await versions()).map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
  });
});

describe('with clean-up', () => {
  it('delete: a second file with the name, size, mtime and inode of the first is loaded before it is deleted', async () => {
    const keeper = join(tempFolder(), 'keeper');
    drop('a.csv', range(1, 3));
    linkSync(at('a.csv'), keeper);
    await pipeline.load({ CLEAN_SOURCE: 'delete' });
    expect(existsSync(at('a.csv'))).toBe(false);
    // As when the file system gives the freed inode to the next file.
    rewrite(keeper, range(4, 6));
    linkSync(keeper, at('a.csv'));
    await pipeline.load({ CLEAN_SOURCE: 'delete' });
    expect(await idsInTable(pipeline)).toEqual(range(1, 6));
    expect(existsSync(at('a.csv'))).toBe(false);
    await expectClean();
  });

  it('archive: a file that was put back from there is neither loaded again nor left lying', async () => {
    drop('a.csv', range(1, 3));
    await pipeline.load({ CLEAN_SOURCE: 'archive' });
    const [moved] = await stores.sql<{ moved_to: string }[]>`SELECT moved_to FROM sluice_files`;
    renameSync(moved?.moved_to ?? '', at('a.csv'));
    // The watcher alone does so: its first look finds that the content is known, and its next reconcile sweeps.
    const stop = new AbortController();
    const watching = watch(pipeline.open({ CLEAN_SOURCE: 'archive' }), stop.signal);
    await waitFor(() => !existsSync(at('a.csv')), { what: 'the sweep' });
    stop.abort();
    await watching;
    expect(existsSync(moved?.moved_to ?? '')).toBe(true);
    expect(await versions()).toMatchObject([{ generation: 0, inserted: 3, duplicates: 0 }]);
    const found = await lineage(idOf(2), stores);
    expect(found).toMatchObject({ origin: { path: moved?.moved_to, line: 3, certain: true } });
  });
});

describe('a file whose ctime changes while it is loaded', () => {
  const order = async () => {
    const [file] = await openFiles(stores.sql, 0, 1);
    if (file === undefined) throw new Error('no open file');
    return { v: 1, file_no: file.fileNo, file: file.name } as const;
  };
  const read = async (from: FeedStores) =>
    await parse(await order(), new Date(), from, new AbortController().signal);

  /** Does it once, after the first chunk was staged. */
  function afterFirstChunk(from: FeedStores, change: () => void): void {
    const stage = from.staging.stage.bind(from.staging);
    vi.spyOn(from.staging, 'stage').mockImplementationOnce(async (...chunk) => {
      const staged = await stage(...chunk);
      change();
      return staged;
    });
  }

  it('with the same content is read on, and not again', async () => {
    const reader = pipeline.open({ CHUNK_ROWS: '2' });
    drop('a.csv', range(1, 9));
    await new Discovery(reader).scan(true);
    chmodSync(at('a.csv'), 0o600); // before it is opened
    afterFirstChunk(reader, () => chmodSync(at('a.csv'), 0o640));
    expect(await read(reader)).toMatchObject({ outcome: 'parsed', records: 9 });
    await pipeline.load();
    expect(await versions()).toMatchObject([
      { inserted: 9, duplicates: 0, state: 'closed', changed_at: ctimeOf('a.csv') },
    ]);
    await expectClean();
  });

  it('with other content is not mixed with it: a version of its own has all of that', async () => {
    const reader = pipeline.open({ CHUNK_ROWS: '2' });
    drop('a.csv', range(1, 9));
    await new Discovery(reader).scan(true);
    afterFirstChunk(reader, () => rewrite(at('a.csv'), range(11, 19)));
    expect(await read(reader)).toMatchObject({ outcome: 'gone' });
    await pipeline.load();
    expect(await idsInTable(pipeline)).toEqual([1, 2, ...range(11, 19)]);
    expect(await versions()).toMatchObject([
      { inserted: 2, state: 'gone' },
      { content_no: 1, inserted: 9, state: 'closed' },
    ]);
    await expectClean();
  });

  it('between two readings, of which the first has staged something, is not mixed either', async () => {
    const reader = pipeline.open({ CHUNK_ROWS: '2' });
    drop('a.csv', range(1, 9));
    await new Discovery(reader).scan(true);
    vi.spyOn(reader.staging, 'stage').mockImplementationOnce(async () => {
      throw new Error('as if the worker died here');
    });
    await expect(read(reader)).rejects.toThrow('as if');
    rewrite(at('a.csv'), range(11, 19));
    expect(await read(reader)).toMatchObject({ outcome: 'gone' });
    await pipeline.load();
    expect(await idsInTable(pipeline)).toEqual(range(11, 19));
    await expectClean();
  });

  it('before anybody has read it is read as it is then', async () => {
    drop('a.csv', range(1, 9));
    await new Discovery(stores).scan(true);
    rewrite(at('a.csv'), range(11, 19));
    await pipeline.load();
    expect(await idsInTable(pipeline)).toEqual(range(11, 19));
    expect(await versions()).toMatchObject([{ inserted: 9, state: 'closed' }]);
  });
});

describe('operators', () => {
  it('replay what lies there with other rights, and not what the watcher is still to load', async () => {
    drop('a.csv', range(1, 3));
    await pipeline.load();
    chmodSync(at('a.csv'), 0o600);
    await replay('a.csv', stores);
    await pipeline.load();
    expect(await versions()).toMatchObject([
      { generation: 0, content_no: 0 },
      { generation: 1, content_no: 0, duplicates: 3, state: 'closed' },
    ]);
    rewrite(at('a.csv'), range(4, 6));
    await expect(replay('a.csv', stores)).rejects.toThrow('has not been loaded yet');
    expect(await lineage(idOf(2), stores)).toMatchObject({ files: [{ readable: false }] });
  });

  it('undo one of two contents of one token, and find the line of the other', async () => {
    const archive = { CLEAN_SOURCE: 'archive' };
    drop('a.csv', range(1, 3));
    await pipeline.load(archive);
    const [first] = await stores.sql<{ moved_to: string }[]>`SELECT moved_to FROM sluice_files`;
    const keeper = first?.moved_to ?? '';
    // The very inode comes back with other content, and the first one is kept by a copy alone.
    const copy = eventsOf(range(1, 3));
    rewrite(keeper, range(4, 6));
    renameSync(keeper, at('a.csv'));
    writeFileSync(keeper, copy);
    await pipeline.load(archive);
    expect(await idsInTable(pipeline)).toEqual(range(1, 6));
    expect(await lineage(idOf(2), stores)).toMatchObject({ origin: { line: 3, path: keeper } });
    expect(await lineage(idOf(5), stores)).toMatchObject({ origin: { line: 3 } });
    const confirm = async () => true;
    await expect(undo('a.csv', { confirm }, stores)).rejects.toThrow('2 contents of "a.csv"');
    expect((await undo('a.csv', { version: 1, confirm }, stores)).removed).toBe(3);
    expect(await idsInTable(pipeline)).toEqual(range(4, 6));
    rmSync(keeper);
    await expectClean();
  });
});
