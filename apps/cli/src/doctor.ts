import { lookup } from 'node:dns/promises';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readDoor } from '@sluice/access';
import { checkSchema, connectPostgres, postgresVersion, serverState, sessionSecurity } from '@sluice/ledger';
import { closeStores, type FeedStores, openStores, refuseFolders } from '@sluice/pipeline';
import { type Config, createLogger, databaseAddress, printSize, serverAddresses } from '@sluice/process';
import type { RedisState } from '@sluice/staging';
import { answerOf } from './connect.ts';
import { examineFeeds } from './doctor-feeds.ts';
import { examineHealth } from './doctor-health.ts';
import { judgeOwner, judgeReader, judgeRights } from './doctor-roles.ts';
import { judgePostgresTls, judgeRedisPassword, judgeRedisTls, judgeSecrets } from './doctor-secrets.ts';
import { explain } from './explain.ts';
import type { Finding, Judged } from './finding.ts';
import { reachRedis } from './reach-stores.ts';

const ok = (found: string): Judged => ({ state: 'ok', found });
const warning = (found: string, fix: string): Judged => ({ state: 'warning', found, fix });
const wrong = (found: string, fix: string): Judged => ({ state: 'wrong', found, fix });

/** Checks everything that the pipeline needs. A failed check never throws: it is a finding. */
export async function examine(config: Config): Promise<Finding[]> {
  const [postgres, redis] = await Promise.all([examinePostgres(config), examineRedis(config)]);
  const feeds = await feedsOf(config, postgres);
  return [
    { check: 'Node', ...nodeVersion() },
    ...judgeSecrets(config).map((judged) => ({ check: 'Secrets', ...judged })),
    ...postgres,
    ...redis,
    await found('Source folder', () => sourceFolder(config)),
    ...(config.cleanSource === 'off'
      ? []
      : [
          await found('Archive', () => writableFolder(config.archiveDir, 'ARCHIVE_DIR')),
          await found('Quarantine', () => writableFolder(config.quarantineDir, 'QUARANTINE_DIR')),
        ]),
    ...feeds,
    await found('Disk', () => diskSpace(config)),
    { check: 'Dashboard', ...wayIn(config) },
    ...(await healthOf(config, [...postgres, ...redis])),
  ];
}

/** What needs attention is asked only where both servers answer and the schema is right. */
async function healthOf(config: Config, servers: readonly Finding[]): Promise<Finding[]> {
  const bad = ['PostgreSQL', 'Migrations', 'Rights', 'Redis'];
  if (servers.some(({ check, state }) => state === 'wrong' && bad.includes(check))) return [];
  return await findings('Attention', () => examineHealth(config));
}

/** The tables are looked at only where PostgreSQL and its schema are right. */
async function feedsOf(config: Config, postgres: readonly Finding[]): Promise<Finding[]> {
  const right =
    postgres.length > 1 && postgres.every(({ check, state }) => check !== 'Migrations' || state === 'ok');
  const sql = right ? connectPostgres(databaseAddress(config), 'doctor', config) : undefined;
  try {
    return await findings('Feeds', () => examineFeeds(config, sql));
  } finally {
    await sql?.end({ timeout: 1 });
  }
}

/** Runs one check. An error becomes a finding, with the error's hint. */
async function found(check: string, look: () => Promise<Judged>): Promise<Finding> {
  try {
    return { check, ...(await look()) };
  } catch (error) {
    const [what = '', ...fix] = explain(error).split('\nWhat to do: ');
    return { check, ...wrong(what, fix.join(' ').replace(/\.$/, '') || 'see the message') };
  }
}

/** Runs checks that belong together. An error becomes the only finding. */
async function findings(check: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    const rethrown = () => Promise.reject(error);
    return [await found(check, rethrown)];
  }
}

const NODE = 24;

function nodeVersion(): Judged {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= NODE) return ok(node);
  return wrong(node, `run it by npm ("npm run sluice -- doctor"), which brings Node ${NODE}`);
}

/** The first version with date_bin, which the plots need. */
const MIN_POSTGRES = 14;

async function examinePostgres(config: Config): Promise<Finding[]> {
  let sql: ReturnType<typeof connectPostgres> | undefined;
  const reached = await found('PostgreSQL', async () => {
    const url = databaseAddress(config);
    sql = connectPostgres(url, 'doctor', config);
    const version = await answerOf(url, postgresVersion(sql));
    if (Number.parseInt(version, 10) >= MIN_POSTGRES) return ok(version);
    return wrong(version, `update it to PostgreSQL ${MIN_POSTGRES} or later`);
  });
  if (sql === undefined || reached.state === 'wrong') return [reached];
  const reader = sql;
  const schema = await found('Migrations', async () => {
    await checkSchema(reader);
    return ok('up to date');
  });
  const { databaseOwnerUrl: ownerUrl, databaseReadUrl: readUrl } = config;
  const rights = [
    schema.state === 'ok' && (await found('Rights', () => judgeRights(reader))),
    ownerUrl !== undefined && (await found('Owner', () => judgeOwner(ownerUrl, config, reader))),
    readUrl !== undefined &&
      (await found('Reader', () => judgeReader(readUrl, config, reader, schema.state === 'ok'))),
  ];
  const findings = [
    reached,
    { check: 'PostgreSQL TLS', ...judgePostgresTls(sessionSecurity(reader), databaseAddress(config)) },
    schema,
    ...rights.filter((finding) => finding !== false),
    await found('Commits', () => commitsOf(reader)),
    await found('Clock', () => clockDifference(reader)),
  ];
  await sql.end({ timeout: 1 });
  return findings;
}

async function commitsOf(sql: FeedStores['sql']): Promise<Judged> {
  const { synchronousCommit, readOnly } = await serverState(sql);
  if (readOnly) return wrong('a read-only replica', 'point DATABASE_URL at the primary');
  if (synchronousCommit !== 'off') return ok(`durable (synchronous_commit ${synchronousCommit})`);
  return warning(
    'synchronous_commit is off: a crash of PostgreSQL loses its last commits',
    'set it to on; after a crash run "npm run sluice -- recover"',
  );
}

const CLOCK_MS = 2_000;

async function clockDifference(sql: FeedStores['sql']): Promise<Judged> {
  const before = Date.now();
  const { now } = await serverState(sql);
  const difference = Math.round(now - (before + Date.now()) / 2);
  const text = `${Math.abs(difference)} ms ${difference < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(difference) < CLOCK_MS) return ok(`PostgreSQL is ${text}`);
  return warning(
    `PostgreSQL is ${text}: ages and delays are told wrong, no row is`,
    'let NTP set both clocks',
  );
}

async function examineRedis(config: Config): Promise<Finding[]> {
  let stores: FeedStores | undefined;
  let url = '';
  const opened = await found('Redis', async () => {
    const { redisUrl } = serverAddresses({
      ...config,
      databaseUrl: config.databaseUrl ?? 'postgres://unused',
    });
    const addressed = { ...config, databaseUrl: 'postgres://unused', redisUrl };
    stores = openStores('doctor', addressed, createLogger('doctor', 'silent', 2), 'fail');
    await reachRedis(stores, redisUrl);
    url = redisUrl;
    return ok((await stores.redis.state()).version);
  });
  if (stores === undefined || opened.state === 'wrong') return [opened];
  const { redis } = stores;
  const state = await redis.state();
  const tls = judgeRedisTls(redis.protocol, url);
  const password = await found('Redis password', async () =>
    judgeRedisPassword(await redis.letsAnybodyIn(), await addressesOf(new URL(url).hostname)),
  );
  await closeStores(stores);
  const role = state.replica
    ? [{ check: 'Redis role', ...wrong('a read-only replica', 'point REDIS_URL at the primary') }]
    : [];
  const policy =
    state.evictionPolicy === 'noeviction'
      ? ok('noeviction')
      : wrong(
          `${state.evictionPolicy}: Redis may throw away jobs and staged rows`,
          'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in its configuration file',
        );
  return [
    opened,
    { check: 'Redis TLS', ...tls },
    password,
    ...role,
    { check: 'Redis policy', ...policy },
    { check: 'Redis disk', ...persistence(state) },
    { check: 'Redis memory', ...memory(state, config) },
  ];
}

/** All addresses of a host, because it may be reachable at each of them. */
async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host.replace(/^\[|\]$/g, ''), { all: true });
  return found.map(({ address }) => address);
}

function persistence({ appendOnly, writeFailed }: RedisState): Judged {
  if (writeFailed) return wrong('its last write to disk failed', 'free disk space on the server of Redis');
  if (appendOnly) return ok('append-only file');
  return warning(
    'no append-only file: after a crash, staged files are parsed again (no row is lost)',
    'set appendonly yes to spare that',
  );
}

function memory({ usedBytes, maxBytes }: RedisState, config: Config): Judged {
  const used = `${mebibytes(usedBytes)} in use`;
  if (maxBytes === 0) return ok(`${used}, no limit`);
  const needed = config.stagingMaxBytes * 2;
  if (maxBytes >= needed) return ok(`${used} of ${mebibytes(maxBytes)}`);
  return warning(
    `${used} of ${mebibytes(maxBytes)}: little for STAGING_MAX_BYTES=${printSize(config.stagingMaxBytes)}`,
    `give Redis ${mebibytes(needed)}, or lower STAGING_MAX_BYTES`,
  );
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2).toLocaleString('en-US')} MiB`;

async function sourceFolder(config: Config): Promise<Judged> {
  const { sourceDir, cleanSource } = config;
  await refuseFolders(config);
  if (!(await isThere(sourceDir))) {
    const parent = await nearest(sourceDir);
    if (await may(parent, constants.W_OK)) return ok(`${sourceDir} (the watcher makes it)`);
    return wrong(`${sourceDir} is not there`, `make it, or let this user write in ${parent}`);
  }
  if (!(await stat(sourceDir)).isDirectory()) {
    return wrong(`${sourceDir} is a file`, 'name a folder in SOURCE_DIR');
  }
  if (!(await may(sourceDir, constants.R_OK | constants.X_OK))) {
    return wrong(`${sourceDir} cannot be read`, 'let this user read and enter it, or set SOURCE_DIR');
  }
  if (cleanSource !== 'off' && !(await may(sourceDir, constants.W_OK))) {
    return wrong(
      `${sourceDir} cannot be written to, but CLEAN_SOURCE is ${cleanSource}`,
      'let this user write there, or set CLEAN_SOURCE=off',
    );
  }
  return ok(sourceDir);
}

async function writableFolder(folder: string, setting: string): Promise<Judged> {
  const place = await nearest(folder);
  if ((await stat(place)).isDirectory() && (await may(place, constants.W_OK | constants.X_OK)))
    return ok(folder);
  return wrong(`${place} cannot be written to`, `let this user write there, or set ${setting}`);
}

function wayIn(config: Config): Judged {
  const door = readDoor(config);
  if (door.kind === 'shut') return wrong(`nobody can log in: ${door.why.message}`, door.why.hint);
  if (door.kind === 'link') return ok('no users: log in with the link of "npm run sluice -- dashboard-url"');
  return ok(
    config.dashboardPassword === undefined
      ? `users of ${config.dashboardUsers}`
      : 'DASHBOARD_PASSWORD is set',
  );
}

const LITTLE = 1024 ** 3;
const TOO_LITTLE = 100 * 1024 ** 2;

async function diskSpace({ dataDir }: Config): Promise<Judged> {
  const { bavail, bsize } = await statfs(await nearest(dataDir));
  const free = bavail * bsize;
  const text = `${mebibytes(free)} free for ${dataDir}`;
  if (free >= LITTLE) return ok(text);
  return (free < TOO_LITTLE ? wrong : warning)(text, 'free disk space there, or set DATA_DIR');
}

/** The folder itself, or its nearest parent that exists. */
async function nearest(path: string): Promise<string> {
  return (await isThere(path)) || dirname(path) === path ? path : nearest(dirname(path));
}

async function isThere(path: string): Promise<boolean> {
  return may(path, constants.F_OK);
}

async function may(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false; // A missing path is an answer, not an error.
  }
}
