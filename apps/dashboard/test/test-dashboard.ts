import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeLink, makeToken, type Rights, readUsers, writeUsers } from '@sluice/access';
import { closeStores, drain, type FeedStores, openStores, watch, work } from '@sluice/pipeline';
import { createLogger, loadConfig } from '@sluice/process';
import { tempFolder, testLedger, testRedis, waitFor } from '@sluice/testkit';
import type { FastifyInstance } from 'fastify';
import { openDashboard } from '../src/server.ts';

export const HEADER = 'event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n';

export const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** The line of an event. */
export function lineOf(n: number, o: { type?: string; product?: string; price?: string } = {}): string {
  const { type = 'view', product = 'p', price = '1.50' } = o;
  return `${idOf(n)},${type},${product},u,2026-01-02 03:04:05,1,${price}\n`;
}

/** A pipeline and a dashboard of one test's own, without a port: questions are put to the server itself. */
export interface TestDashboard {
  readonly app: FastifyInstance;
  readonly stores: FeedStores;
  readonly env: Readonly<Record<string, string>>;
  /** What the page of its operator sends along, who came in by a link; nothing more than {@link OWN} where there are users. */
  readonly own: Readonly<Record<string, string>>;
  /** What a program sends along that has these rights and no others. */
  program(rights: Rights): Readonly<Record<string, string>>;
  /** The path of a new link that logs in once. */
  link(): string;
  /** Lands a file in the source of events, or of another feed. */
  drop(name: string, content: string, feed?: string): void;
  /** Lets a watcher and a worker load what lies in the folder, or give up on it; or until something is so. */
  load(until?: () => Promise<boolean>): Promise<void>;
  get(address: string): Promise<{ status: number; body: unknown }>;
  /** As the page would. */
  act(address: string, body: object): Promise<{ status: number; body: unknown }>;
  /** Looks after servers and health, as the process does. */
  watch(stopping: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The page's own origin, as a browser would tell of it. */
export const OWN = { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' };

/**
 * @param lines the ways to the servers that the dashboard alone takes, and that a test may cut
 * @param readUrl makes the DATABASE_READ_URL of the dashboard
 */
export async function testDashboard(
  own: Record<string, string> = {},
  lines?: { readonly postgres: { readonly url: string }; readonly redis: { readonly url: string } },
  readUrl?: (stores: FeedStores) => Promise<string>,
): Promise<TestDashboard> {
  const database = await testLedger();
  const redis = testRedis();
  const dataDir = tempFolder();
  const source = join(dataDir, 'input_data');
  mkdirSync(source);
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    REDIS_PREFIX: redis.prefix,
    DATA_DIR: dataDir,
    FLUSH_INTERVAL: '1s',
    RECONCILE_INTERVAL: '1s',
    STABLE_FOR: '0ms',
    INSERT_ATTEMPTS: '1',
    ...own,
  };
  const config = loadConfig({ env, cwd: dataDir });
  const log = createLogger('test', 'silent');
  const stores = openStores('test', config, log, 'wait');
  const cut = lines && {
    DATABASE_URL: onLine(database.url, lines.postgres.url),
    REDIS_URL: onLine(redis.url, lines.redis.url),
  };
  const reading = readUrl && { DATABASE_READ_URL: await readUrl(stores) };
  const boardConfig = loadConfig({ env: { ...env, ...cut, ...reading }, cwd: dataDir });
  const boardStores = openStores('dashboard', boardConfig, log, 'fail');
  const { app, watch: watchBoard } = await openDashboard(boardStores).catch(async (error: unknown) => {
    await Promise.all([stores, boardStores].map(closeStores));
    await database.drop();
    throw error;
  });
  const link = () => makeLink(boardConfig, '');
  const { headers: welcomed } = await app.inject({ url: link(), headers: OWN });
  const [cookie] = String(welcomed['set-cookie'] ?? '').split(';', 1);
  const mine = { ...OWN, ...(cookie && { cookie }) };
  const csrf = async () => {
    const answer = await app.inject({ url: '/api/session', headers: mine });
    return String(answer.json().csrf);
  };
  const opened: FeedStores[] = [stores, boardStores];
  return {
    ...{ app, stores, env, link, own: mine },
    program: (rights) => {
      const { token, kept } = makeToken();
      const file = boardConfig.dashboardUsers;
      const name = `program-${rights.role}-${rights.values}`;
      writeUsers(file, [...(readUsers(file) ?? []), { name, ...rights, scrypt: null, token: kept }]);
      return { ...OWN, authorization: `Bearer ${token}` };
    },
    drop: (name, content, feed) => {
      const folder = feed === undefined ? source : join(dataDir, 'sources', feed);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, '.new'), content);
      renameSync(join(folder, '.new'), join(folder, name));
    },
    load: async (until) => {
      const stop = new AbortController();
      const own = [
        openStores('watcher', config, log, 'fail'),
        openStores('worker', config, log, 'wait'),
      ] as const;
      opened.push(...own);
      const fleet = [watch(own[0], stop.signal), work(own[1], stop.signal)];
      if (until === undefined) await drain(stores, AbortSignal.timeout(20_000));
      else await waitFor(until, { what: 'the end of the load' });
      stop.abort();
      await Promise.all(fleet);
    },
    get: async (url) => {
      const answer = await app.inject({ url, headers: mine });
      return { status: answer.statusCode, body: answer.json() };
    },
    act: async (url, payload) => {
      const headers = { ...mine, 'x-sluice-csrf': await csrf() };
      const answer = await app.inject({ method: 'POST', url, headers, payload });
      return { status: answer.statusCode, body: answer.json() };
    },
    watch: watchBoard,
    close: async () => {
      await app.close();
      await Promise.all(opened.map(closeStores));
      await database.drop();
    },
  };
}

/** The address of a server by way of a line. */
function onLine(url: string, line: string): string {
  const own = new URL(url);
  own.host = new URL(line).host;
  return own.href;
}
