import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { readServersState } from '@sluice/process';
import { tempFolder, waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningServers, startServers } from '../src/start-servers.ts';

const both = { postgres: true, redis: true };
const ended: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function start(dataDir: string, need = both): Promise<RunningServers & { said: string[] }> {
  const said: string[] = [];
  const servers = await startServers({ dataDir, need, durable: false, say: (message) => said.push(message) });
  ended.push(() => servers.stop());
  return { ...servers, said };
}

const isAlive = (pid: number | undefined): boolean =>
  pid !== undefined && !/^State:\s+Z/m.test(statusOf(pid)) && statusOf(pid) !== '';
const statusOf = (pid: number): string =>
  existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';

/** Another process that starts the servers of the folder and stops them when it is told to. */
async function startOwner(dataDir: string): Promise<ChildProcess> {
  const module = new URL('../src/index.ts', import.meta.url).href;
  const program = `
    import { startServers } from ${JSON.stringify(module)};
    const need = { postgres: true, redis: true };
    const servers = await startServers({ dataDir: process.argv[1], need, durable: false, say: () => {} });
    process.stdin.once('data', () => servers.stop().then(() => process.exit(0)));
  `;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program, dataDir], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  ended.push(() => owner.kill('SIGKILL'));
  await waitFor(() => owner.exitCode === null && readServersState(dataDir), {
    what: 'the servers of the owner',
  });
  return owner;
}

async function end(owner: ChildProcess, how: () => unknown): Promise<void> {
  how();
  await waitFor(() => owner.exitCode !== null || owner.signalCode !== null, { what: 'the end of the owner' });
}

async function withStores<T>(
  servers: RunningServers,
  use: (sql: postgres.Sql, redis: Redis) => Promise<T>,
): Promise<T> {
  const sql = postgres(servers.postgres?.url ?? '', { max: 1 });
  const redis = new Redis(servers.redis?.url ?? '');
  try {
    return await use(sql, redis);
  } finally {
    redis.disconnect();
    await sql.end();
  }
}

describe('the embedded servers', () => {
  it('start ready for use, are recorded for their owner alone to read, and are gone after a stop', async () => {
    const dataDir = tempFolder();
    const servers = await start(dataDir);
    const stateFile = join(dataDir, 'servers', 'state.json');

    const [database, policy] = await withStores(servers, async (sql, redis) => [
      await sql`SELECT current_database() AS name, current_setting('TimeZone') AS zone`,
      await redis.config('GET', 'maxmemory-policy'),
    ]);
    expect(database[0]).toEqual({ name: 'ecommerce_streaming', zone: 'UTC' });
    expect(policy).toEqual(['maxmemory-policy', 'noeviction']);
    expect(readServersState(dataDir)).toEqual({
      owner: process.pid,
      postgres: servers.postgres,
      redis: servers.redis,
    });
    expect(statSync(stateFile).mode & 0o777).toBe(0o600);

    await servers.stop();
    await servers.stop();
    expect([servers.postgres?.pid, servers.redis?.pid].map(isAlive)).toEqual([false, false]);
    expect(existsSync(stateFile)).toBe(false);
    expect(readServersState(dataDir)).toBeUndefined();
  });

  it('refuse a client without the password, and show it in no process list', async () => {
    const servers = await start(tempFolder());
    const wrong = (url = '') => url.replace(/[0-9a-f]{64}/, 'guess');
    const sql = postgres(wrong(servers.postgres?.url), { max: 1 });
    await expect(sql`SELECT 1`).rejects.toThrow(/password authentication failed/);
    await sql.end();
    const redis = new Redis(servers.redis?.port ?? 0, { enableReadyCheck: false });
    await expect(redis.ping()).rejects.toThrow(/NOAUTH/);
    redis.disconnect();

    const commands = [servers.postgres?.pid, servers.redis?.pid].map((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
    );
    expect(commands.join('\n')).toMatch(/postgres/);
    expect(commands.join('\n')).not.toMatch(/[0-9a-f]{64}/);
  });

  it('keep their data and their addresses over a restart', async () => {
    const dataDir = tempFolder();
    const first = await startServers({ dataDir, need: both, say: () => undefined });
    ended.push(() => first.stop());
    await withStores(first, async (sql, redis) => {
      await sql`CREATE TABLE kept (word text)`;
      await sql`INSERT INTO kept VALUES ('row')`;
      await redis.set('kept', 'key');
    });
    await first.stop();

    const second = await startServers({ dataDir, need: both, say: () => undefined });
    ended.push(() => second.stop());
    expect([second.postgres?.url, second.redis?.url]).toEqual([first.postgres?.url, first.redis?.url]);
    const found = await withStores(second, async (sql, redis) => [
      ...(await sql`SELECT word FROM kept`),
      await redis.get('kept'),
    ]);
    expect(found).toEqual([{ word: 'row' }, 'key']);
  });

  it('are taken over, running, after a kill -9 of their owner, and then stopped by the new one', async () => {
    const dataDir = tempFolder();
    const owner = await startOwner(dataDir);
    const before = readServersState(dataDir);
    await end(owner, () => owner.kill('SIGKILL'));

    const servers = await start(dataDir);
    expect({ postgres: servers.postgres, redis: servers.redis }).toEqual({
      postgres: before?.postgres,
      redis: before?.redis,
    });
    expect(servers.said.filter((message) => message.startsWith('took over'))).toHaveLength(2);
    expect(readServersState(dataDir)?.owner).toBe(process.pid);
    await servers.stop();
    expect([before?.postgres?.pid, before?.redis?.pid].map(isAlive)).toEqual([false, false]);
  });

  it('are shared with a live owner and left to it', async () => {
    const dataDir = tempFolder();
    const owner = await startOwner(dataDir);
    const servers = await start(dataDir);
    await servers.stop();

    const state = readServersState(dataDir);
    expect(state).toEqual({ owner: owner.pid, postgres: servers.postgres, redis: servers.redis });
    await end(owner, () => owner.stdin?.write('stop\n'));
    expect(readServersState(dataDir)).toBeUndefined();
  });

  it('are started once when two processes ask at the same instant', async () => {
    const dataDir = tempFolder();
    const [one, other] = await Promise.all([start(dataDir), startOwner(dataDir)]);
    const state = readServersState(dataDir);
    expect([process.pid, other.pid]).toContain(state?.owner);
    expect([one.postgres, one.redis]).toEqual([state?.postgres, state?.redis]);
    await end(other, () => other.stdin?.write('stop\n'));
  });

  it('start over pid files that name a dead process or another program, and a state file of a dead owner', async () => {
    const dataDir = tempFolder();
    const first = await start(dataDir);
    const folders = join(dataDir, 'servers');
    const stateFile = join(folders, 'state.json');
    const state = readFileSync(stateFile, 'utf8');
    const postgresFolder = readdirSync(folders).find((name) => name.startsWith('postgres-')) ?? '';
    const redisFolder = readdirSync(folders).find((name) => name.startsWith('redis-')) ?? '';
    const postmasterPid = join(folders, postgresFolder, 'data', 'postmaster.pid');
    const lines = readFileSync(postmasterPid, 'utf8').split('\n');
    await first.stop();

    const bystander = spawn('sleep', ['600'], { stdio: 'ignore' });
    ended.push(() => bystander.kill());
    for (const stale of [bystander.pid, first.postgres?.pid]) {
      writeFileSync(postmasterPid, [stale, ...lines.slice(1)].join('\n'));
      writeFileSync(join(folders, redisFolder, 'redis.pid'), `${stale}\n`);
      writeFileSync(stateFile, state);
      expect(readServersState(dataDir)).toBeUndefined();
      const again = await start(dataDir);
      expect(again.said).toEqual([]);
      await again.stop();
    }
    expect(isAlive(bystander.pid)).toBe(true);
  });

  it('start after a crash in the middle of making the database', async () => {
    const dataDir = tempFolder();
    const draft = join(dataDir, 'servers', 'postgres-18', 'draft-1');
    mkdirSync(draft, { recursive: true });
    writeFileSync(join(draft, 'PG_VERSION'), '18\n');
    const servers = await start(dataDir, { postgres: true, redis: false });
    expect(servers.redis).toBeUndefined();
    expect(existsSync(draft)).toBe(false);
  });

  it('move to another port when theirs is taken', async () => {
    const dataDir = tempFolder();
    const need = { postgres: false, redis: true };
    const first = await start(dataDir, need);
    await first.stop();
    const intruder = createServer().listen(first.redis?.port, '127.0.0.1');
    ended.push(() => new Promise((resolve) => intruder.close(resolve)));
    await waitFor(() => intruder.listening, { what: 'the intruder' });
    const second = await start(dataDir, need);
    expect(second.redis?.port).not.toBe(first.redis?.port);
  });

  it('say why they did not start, in their own words, and what to do', async () => {
    const dataDir = tempFolder();
    const first = await start(dataDir, { postgres: true, redis: false });
    await first.stop();
    const data = join(dataDir, 'servers', 'postgres-18', 'data');
    writeFileSync(join(data, 'postgresql.conf'), 'no such setting');
    await expect(start(dataDir)).rejects.toThrow(
      /PostgreSQL in .*did not start[\s\S]*DATABASE_URL[\s\S]*syntax error/,
    );
    expect(readServersState(dataDir)).toBeUndefined();
  });
});

it('a data folder that cannot be made is refused with the setting to change, also on /proc', async () => {
  const start = startServers({ dataDir: '/proc/no-such/folder', need: both, say: () => undefined });
  await expect(start).rejects.toMatchObject({
    message: expect.stringMatching(
      /^nothing can be written into the folder \/proc\/no-such\/folder\/servers/,
    ),
    hint: 'let this user write there, or set DATA_DIR to another folder',
  });
});
