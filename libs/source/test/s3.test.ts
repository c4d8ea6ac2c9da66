import { readFileSync } from 'node:fs';
import type { FileNo } from '@sluice/core';
import { type S3Fault, type S3Request, S3Server } from '@sluice/testkit';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChangedFile, SourceAway, sourceAt, UnreadableFile } from '../src/index.ts';
import { policyFor } from '../src/s3/policy.ts';
import type { ClosedSource, Disposal, Source } from '../src/source.ts';

vi.stubEnv('AWS_ACCESS_KEY_ID', 'key').stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');

const server = await S3Server.start();
afterAll(async () => await server[Symbol.asyncDispose]());

let buckets = 0;
let name: string;
let source: Source;
const objects = () => server.bucket(name);
const content = '0123456789abcdef'.repeat(40_000);

beforeEach(() => {
  name = `bucket-${++buckets}`;
  server.fails = () => undefined;
  server.conditional = true;
  source = at('in');
  server.asked.length = 0;
  objects();
});

const claim = (bare: string) => (bare.endsWith('.csv') && !bare.startsWith('.') ? 'own' : 'unclaimed');

function at(prefix: string): Source {
  const options = { endpoint: server.endpoint, pathStyle: true };
  return sourceAt(`s3://${name}/${prefix}`, { options, claim });
}

/** The first so many requests of this kind go wrong. */
function failing(times: number, fault: S3Fault, action: S3Request['action'] = 'GetObject'): void {
  let left = times;
  server.fails = (request) => {
    if (request.action !== action || left === 0) return undefined;
    left -= 1;
    return fault;
  };
}

async function read(file: string): Promise<string> {
  await using opened = await source.open(file);
  if (opened === undefined) return 'absent';
  const given: Buffer[] = [];
  for await (const block of opened.blocks()) given.push(Buffer.from(block));
  return Buffer.concat(given).toString();
}

async function closed(file: string, fileNo = 7): Promise<ClosedSource> {
  const look = await source.look(file);
  if (look === undefined) throw new Error(`${file} is not there`);
  return { ...look, fileNo: fileNo as FileNo, contentHash: (await source.contentHash(look)) ?? null };
}

const toArchive = (): Disposal => ({
  kind: 'move',
  to: `s3://${name}/archive`,
  announce: async () => undefined,
});

describe('a body', () => {
  const faults: Record<string, S3Fault> = {
    'is cut where its length was told': { kind: 'cut', after: 100_000, told: true },
    'is cut where its length was not told': { kind: 'cut', after: 100_000, told: false },
    'stalls in the middle': { kind: 'stall', after: 200_000 },
    'stalls before its first byte': { kind: 'stall', after: 0 },
    'is answered by a reset': { kind: 'reset' },
    'is answered by 503': { kind: 'error', status: 503, code: 'SlowDown' },
  };
  it.each(Object.entries(faults))('that %s is whole all the same', async (_, fault) => {
    objects().put('in/a.csv', content);
    // A stall is waited for; an answer of 503 is tried again by the client, which takes its time.
    if (fault.kind === 'stall') source.io.within = 3_000;
    failing(2, fault);
    expect(await read('a.csv')).toBe(content);
  });

  it('that breaks goes on at the next byte, and only as the same version', async () => {
    objects().put('in/a.csv', content);
    failing(1, { kind: 'cut', after: 100_000, told: true });
    expect(await read('a.csv')).toBe(content);
    const gets = server.asked.filter(({ action }) => action === 'GetObject');
    expect(gets.map(({ from }) => from > 0)).toEqual([false, true]);
    server.fails = ({ action, from }) =>
      action === 'GetObject' && from === 0 ? { kind: 'cut', after: 100_000, told: true } : undefined;
    await using opened = await source.open('a.csv');
    objects().put('in/a.csv', content.toUpperCase());
    await expect(Array.fromAsync(opened?.blocks() ?? [])).rejects.toThrow(ChangedFile);
  });

  it('is never put together of two versions when the object changes in the middle', async () => {
    objects().put('in/a.csv', content);
    failing(1, { kind: 'act', after: 100_000, act: () => void objects().put('in/a.csv', 'other') });
    expect(await read('a.csv')).toBe(content);
    expect(await read('a.csv')).toBe('other');
  });

  it('of a store that sends nothing any more ends as a source that is away, and not as a short file', async () => {
    objects().put('in/a.csv', content);
    source.io.within = 100;
    let first = true;
    server.fails = ({ action }) => {
      const fault =
        action !== 'GetObject' ? undefined : first ? { kind: 'cut', after: 9, told: false } : 'stop';
      first = false;
      return fault === 'stop'
        ? { kind: 'error', status: 503, code: 'SlowDown' }
        : (fault as S3Fault | undefined);
    };
    await expect(read('a.csv')).rejects.toThrow(SourceAway);
  });
});

describe('a bucket', () => {
  it('is away, and no file is absent, while the bucket is missing, refuses this role, or does not answer', async () => {
    objects().put('in/a.csv', 'a');
    source.io.within = 300;
    const asks = [() => source.look('a.csv'), () => source.open('a.csv'), () => source.ensure()];
    await server.without(name, async () => {
      for (const ask of asks) await expect(ask()).rejects.toMatchObject({ code: 'NoSuchBucket' });
      expect(await source.identity()).toBeUndefined();
    });
    server.fails = () => ({ kind: 'error', status: 403, code: 'InvalidAccessKeyId' });
    for (const ask of asks) await expect(ask()).rejects.toThrow('InvalidAccessKeyId');
    server.fails = () => ({ kind: 'silence' });
    for (const ask of asks) await expect(ask()).rejects.toThrow(SourceAway);
  });

  it('counts keys that nobody can use, and rewrites none', async () => {
    for (const key of ['../x.csv', 'a//b.csv', 'a/./b.csv', 'a\u0001.csv', `${'x'.repeat(1_020)}.csv`])
      objects().put(`in/${key}`, 'x');
    for (const key of ['folder/', 'a.csv', 'note.txt', '.part'])
      objects().put(`in/${key}`, key === 'folder/' ? '' : 'a');
    const [page] = await Array.fromAsync(source.list());
    expect(page).toMatchObject({ unreadableNames: 5, folders: 1, unclaimed: 1 });
    expect(page?.files.map((file) => file.name)).toEqual(['a.csv']);
    expect(server.asked.every(({ action }) => action === 'ListObjects')).toBe(true);
  });

  it('has files that cannot be read: of an archive class, and of another key', async () => {
    objects().put('in/cold.csv', 'a', { storageClass: 'DEEP_ARCHIVE' });
    objects().put('in/locked.csv', 'a');
    server.fails = ({ action, key }) =>
      action === 'GetObject' && key === 'in/locked.csv'
        ? { kind: 'error', status: 400, code: 'InvalidRequest' }
        : undefined;
    for (const [file, code] of [
      ['cold.csv', 'InvalidObjectState'],
      ['locked.csv', 'InvalidRequest'],
    ] as const) {
      await expect(source.open(file)).rejects.toMatchObject({ name: 'UnreadableFile', code });
      expect(await source.trouble(file)).toBeInstanceOf(UnreadableFile);
    }
  });

  it('that keeps many objects is asked for what follows the newest ones, in few requests', async () => {
    const put = (key: string, ms: number) => objects().put(`in/${key}`, 'a', { modifiedAt: new Date(ms) });
    for (let i = 0; i < 9_000; i += 1) put(`2026/${String(i).padStart(5, '0')}.csv`, i * 1_000);
    expect((await Array.fromAsync(source.list())).length).toBe(9);
    put('2026/09000.csv', 9_000_000);
    server.asked.length = 0;
    const names = async () =>
      (await Array.fromAsync(source.list({ recent: true }))).flatMap(({ files }) =>
        files.map((file) => file.name),
      );
    expect(await names()).toContain('events/2026/09000.csv');
    expect(server.asked.length).toBeLessThanOrEqual(5);
    // A key that sorts before all others is found by the next whole listing.
    put('2025/1.csv', 9_001_000);
    expect(await names()).not.toContain('events/2025/1.csv');
    const whole = (await Array.fromAsync(source.list())).flatMap(({ files }) =>
      files.map((file) => file.name),
    );
    expect(whole).toContain('events/2025/1.csv');
    // By its age, it shows where to look for the next one.
    put('2025/2.csv', 9_002_000);
    for (let i = 9_001; i < 9_600; i += 1) put(`2026/0${i}.csv`, 9_003_000 + i);
    const found = await names();
    expect(found).toContain('events/2025/2.csv');
    expect(found).toContain('events/2026/09599.csv');
  });
});

describe('the clean-up in a bucket', () => {
  it('finishes after an answer that was lost, at each of its steps', async () => {
    for (const action of ['CopyObject', 'DeleteObject'] as const) {
      objects().put('in/a.csv', action);
      const file = await closed('a.csv', action.length);
      failing(1, { kind: 'lost' }, action);
      await source.dispose(file, toArchive());
      expect(objects().contents('in/')).toEqual({});
      expect(objects().contents('archive/')).toMatchObject({ [`${action.length}-a.csv`]: action });
    }
  });

  it('leaves the object of another ledger that has the key in the archive', async () => {
    objects().put('in/a.csv', 'mine');
    objects().put('archive/7-a.csv', 'else');
    const moved = await source.dispose(await closed('a.csv'), toArchive());
    expect(moved).toEqual({ outcome: 'moved', path: `s3://${name}/archive/7~2-a.csv` });
    expect(objects().contents('archive/')).toEqual({ '7-a.csv': 'else', '7~2-a.csv': 'mine' });
  });

  it('removes nothing where a store ignores conditions', async () => {
    server.conditional = false;
    objects().put('in/a.csv', 'a');
    const file = await closed('a.csv');
    for (const disposal of [toArchive(), { kind: 'delete' } as const])
      await expect(source.dispose(file, disposal)).rejects.toMatchObject({ code: 'IgnoresConditions' });
    expect(objects().contents('in/')).toEqual({ 'a.csv': 'a' });
  });

  it('keeps a key within its longest, and the end of the name', async () => {
    const long = `${'x'.repeat(1_015)}.csv`;
    objects().put(`in/${long}`, 'a');
    const moved = await source.dispose(await closed(long), {
      ...toArchive(),
      to: `s3://${name}/archive/2026/11/28`,
    } as Disposal);
    expect(moved).toMatchObject({ outcome: 'moved', path: expect.stringMatching(/\/7-x+\.csv$/) });
  });
});

describe('the rights of a role', () => {
  const cleans = () => ({ deletes: false, movesTo: [`s3://${name}/archive`] });

  it('are tried without a change, and what is missing is told as a policy', async () => {
    objects().put('in/a.csv', 'a');
    expect((await source.prove(cleans())).map(({ may, ok }) => [may, ok])).toEqual([
      ['list', true],
      ['read', true],
      ['archive', true],
      ['delete', true],
    ]);
    expect(objects().contents()).toEqual({ 'in/a.csv': 'a' });
    server.fails = ({ action }) =>
      action === 'DeleteObject' ? { kind: 'error', status: 403, code: 'AccessDenied' } : undefined;
    const missing = (await source.prove(cleans())).filter(({ ok }) => !ok);
    expect(missing).toMatchObject([{ may: 'delete', hint: expect.stringContaining('"s3:DeleteObject"') }]);
    server.conditional = false;
    server.fails = () => undefined;
    expect(await source.prove(cleans())).toContainEqual(
      expect.objectContaining({
        may: 'archive',
        ok: false,
        hint: expect.stringContaining('cleanSource: off'),
      }),
    );
  });

  it('are those of the documented policy, and no others', () => {
    const docs = readFileSync(new URL('../../../docs/sources.md', import.meta.url), 'utf8');
    const shown = [...docs.matchAll(/```json\n(\{\s*"Version".*?)```/gs)].map(([, json = '']) =>
      JSON.parse(json),
    );
    expect(shown).toEqual([
      policyFor({
        source: 's3://acme-data/orders/in',
        deletes: false,
        movesTo: ['s3://acme-data/orders/archive', 's3://acme-data/orders/quarantine'],
      }),
    ]);
    expect(
      policyFor({ source: 's3://acme-data/orders/in', deletes: false, movesTo: [] }).Statement,
    ).toHaveLength(2);
  });
});
