import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError, type Flags, loadConfig } from '../src/config.ts';
import { settings } from '../src/settings.ts';
import { printDuration, printSize } from '../src/units.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sluice-config-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true });
});

function load(env: Record<string, string> = {}, flags: Flags = {}, dotEnv = '') {
  if (dotEnv) writeFileSync(join(cwd, '.env'), dotEnv);
  return loadConfig({ env, flags, cwd });
}

function mistakes(env: Record<string, string>, flags: Flags = {}, dotEnv = ''): string[] {
  try {
    load(env, flags, dotEnv);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error instanceof ConfigError ? error.message.split('\n') : [];
  }
  return [];
}

test('without anything set, the defaults hold and the two servers are open', () => {
  const { origins, ...values } = load();
  expect(values).toEqual({
    databaseUrl: undefined,
    databaseOwnerUrl: undefined,
    databaseReadUrl: undefined,
    redisUrl: undefined,
    redisCaFile: undefined,
    redisCertFile: undefined,
    redisKeyFile: undefined,
    eventsTable: 'events',
    redisPrefix: '{sluice}',
    dataDir: join(cwd, 'data'),
    sourceDir: join(cwd, 'data/input_data'),
    cleanSource: 'off',
    archiveDir: join(cwd, 'data/archive'),
    quarantineDir: join(cwd, 'data/quarantine'),
    feedsDir: join(cwd, 'config/feeds'),
    csvDelimiter: ',',
    sourceTimezone: 'UTC',
    rejectLimit: undefined,
    expansionLimit: 200,
    retention: undefined,
    flushInterval: 30_000,
    flushWhenIdle: 2_000,
    reconcileInterval: 30_000,
    stableFor: 1000,
    unfinishedFor: 10_000,
    batchRows: 1000,
    chunkRows: 250,
    insertAttempts: 3,
    stagingMaxBytes: 128 * 1024 ** 2,
    maxQueuedFiles: 1000,
    workerConcurrency: 4,
    jobLock: 30_000,
    logLevel: 'info',
    logDir: undefined,
    dashboardHost: '127.0.0.1',
    dashboardPort: 3000,
    dashboardUsers: join(cwd, 'data/users.json'),
    dashboardPassword: undefined,
    dashboardReadOnly: 'off',
    trustProxy: 'off',
    alertWebhook: undefined,
    metricsHost: '127.0.0.1',
    metricsPort: undefined,
    secretFiles: [],
    warnings: [],
    cwd,
    variable: expect.any(Function),
  });
  expect(new Set(Object.values(origins))).toEqual(new Set(['default']));
});

test("the dashboard's port may be called PORT, as platforms do, and a secret is shown to nobody", () => {
  expect(load({ PORT: '8080' }).dashboardPort).toBe(8080);
  expect(load({ PORT: '8080', DASHBOARD_PORT: '9090' }).dashboardPort).toBe(9090);
  expect(() => load({ DASHBOARD_PASSWORD: 'hunter2' })).toThrow(
    /^DASHBOARD_PASSWORD: got a value that is not shown.*; allowed: a password of at least 8 characters that is not a common one$/,
  );
  for (const common of [
    'Password123!',
    'qwertyuiop',
    'p@ssw0rd',
    'aaaaaaaa',
    '12341234',
    'Operator1',
    'sluice-2026',
  ])
    expect(() => load({ DASHBOARD_PASSWORD: common })).toThrow('that is not a common one');
  expect(load({ DASHBOARD_PASSWORD: 'correct horse' }).dashboardPassword).toBe('correct horse');
});

test('TRUST_PROXY takes addresses of proxies, and nothing that would let a client choose its own', () => {
  for (const TRUST_PROXY of ['off', '127.0.0.1', '10.0.0.0/8,2001:db8::/32', 'loopback,uniquelocal'])
    expect(load({ TRUST_PROXY }).trustProxy).toBe(TRUST_PROXY);
  for (const TRUST_PROXY of [
    'on',
    'true',
    '1',
    '*',
    '0.0.0.0/0',
    '10.0.0.0/33',
    'proxy.example',
    '127.0.0.1,',
  ])
    expect(() => load({ TRUST_PROXY })).toThrow(
      /^TRUST_PROXY: got ".*; allowed: off, or addresses of proxies/,
    );
});

test('a flag wins over the environment, which wins over .env, which wins over the default', () => {
  const dotEnv = 'BATCH_ROWS=300\nINSERT_ATTEMPTS=5\nLOG_LEVEL=warn # quiet\n';
  const config = load({ BATCH_ROWS: '400', INSERT_ATTEMPTS: '6' }, { batchRows: '500' }, dotEnv);
  expect(config).toMatchObject({ batchRows: 500, insertAttempts: 6, logLevel: 'warn', chunkRows: 250 });
  expect(config.origins).toMatchObject({
    batchRows: 'flag',
    insertAttempts: 'environment',
    logLevel: '.env',
    chunkRows: 'default',
  });
});

test('a URL of the owner or of a reader stands beside DATABASE_URL, or beside the parts of it, never alone', () => {
  const roles = { DATABASE_OWNER_URL: 'postgres://o:pw@h/d', DATABASE_READ_URL: 'postgres://r@h/d' };
  expect(load({ ...roles, PGHOST: 'h' })).toMatchObject({
    databaseUrl: 'postgres://postgres@h:5432/ecommerce_streaming',
    databaseOwnerUrl: 'postgres://o:pw@h/d',
    databaseReadUrl: 'postgres://r@h/d',
  });
  expect(() => load(roles)).toThrow(
    [
      'DATABASE_OWNER_URL: got "postgres://o:***@h/d"; allowed: only beside DATABASE_URL, which the pipeline works with',
      'DATABASE_READ_URL: got a value that is not shown; allowed: only beside DATABASE_URL, which the pipeline works with',
    ].join('\n'),
  );
});

test('an empty text is not set', () => {
  const config = load(
    { FLUSH_INTERVAL: '', PGHOST: '', REDIS_URL: '' },
    { logLevel: '' },
    'FLUSH_INTERVAL=2s\n',
  );
  expect(config).toMatchObject({ flushInterval: 2000, logLevel: 'info', databaseUrl: undefined });
});

test('folders lie in the data folder unless they are given, and paths are absolute', () => {
  expect(load({ DATA_DIR: 'da$&ta' })).toMatchObject({
    sourceDir: join(cwd, 'da$&ta/input_data'),
    archiveDir: join(cwd, 'da$&ta/archive'),
    quarantineDir: join(cwd, 'da$&ta/quarantine'),
  });
  const given = { SOURCE_DIR: 'in', ARCHIVE_DIR: 'done', QUARANTINE_DIR: '/bad', LOG_DIR: 'logs' };
  expect(load({ DATA_DIR: '/x', ...given })).toMatchObject({
    dataDir: '/x',
    sourceDir: join(cwd, 'in'),
    archiveDir: join(cwd, 'done'),
    quarantineDir: '/bad',
    logDir: join(cwd, 'logs'),
  });
});

test('the PG variables make a URL, with the parts encoded', () => {
  expect(load({ PGHOST: 'db' }).databaseUrl).toBe('postgres://postgres@db:5432/ecommerce_streaming');
  const env = { PGHOST: '::1', PGPORT: '6432', PGDATABASE: 'a b', PGUSER: 'u@x', PGPASSWORD: 'p/:@' };
  expect(load(env).databaseUrl).toBe('postgres://u%40x:p%2F%3A%40@[::1]:6432/a%20b');
});

test('DATABASE_URL wins over PG variables of the same place, and the environment over .env', () => {
  const url = 'postgres://u@h/d';
  expect(load({ DATABASE_URL: url, PGHOST: 'other' }).databaseUrl).toBe(url);
  const config = load({ PGHOST: 'other' }, {}, `DATABASE_URL=${url}\nPGPASSWORD=pw\n`);
  expect(config.databaseUrl).toBe('postgres://postgres:pw@other:5432/ecommerce_streaming');
  expect(config.origins.databaseUrl).toBe('environment');
});

test('a password alone names no server', () => {
  expect(load({ PGPASSWORD: 'x' }).databaseUrl).toBeUndefined();
});

test('each mistake is one line with the name, what was given and what is allowed', () => {
  const lines = mistakes(
    {
      FLUSH_INTERVAL: '30',
      BATCH_ROWS: '1001',
      REDIS_PREFIX: 'sluice',
      LOG_LEVEL: 'loud\n',
      PGHOST: '/run',
      PGPORT: '0',
    },
    { workerConcurrency: '0' },
    'STAGING_MAX_BYTES=1MB\n',
  );
  expect(lines.sort()).toEqual([
    'BATCH_ROWS: got "1001"; allowed: a whole number from 1 to 1000',
    'FLUSH_INTERVAL: got "30"; allowed: a duration such as 250ms, 30s, 5m, 1h or 30d, from 100ms to 1d',
    'LOG_LEVEL: got "loud\\n"; allowed: one of trace, debug, info, warn, error, fatal, silent',
    'PGHOST: got "/run"; allowed: a host name or an address (not the folder of a socket)',
    'PGPORT: got "0"; allowed: a whole number from 1 to 65535',
    'REDIS_PREFIX: got "sluice"; allowed: a name with one hash tag such as {sluice}, without spaces (Redis Cluster keeps one tag on one node)',
    'STAGING_MAX_BYTES: got "1MB" (.env); allowed: a size such as 512, 64KiB, 128MiB or 1GiB, from 1KiB to 1024GiB',
    'WORKER_CONCURRENCY: got "0" (flag); allowed: a whole number from 1 to 64',
  ]);
});

test('chunks larger than a batch are refused', () => {
  expect(mistakes({ BATCH_ROWS: '100' })).toEqual([
    'CHUNK_ROWS: got "250" (default); allowed: at most BATCH_ROWS, which is 100',
  ]);
  expect(load({ BATCH_ROWS: '100', CHUNK_ROWS: '100' }).chunkRows).toBe(100);
});

test.each([
  'mysql://u:hunter2@h/d',
  'postgres:u:hunter2@h/d',
  'u:hunter2@h',
  'postgres://u:hunter2/x@h/d',
  'http://h/?password=hunter2',
])('a wrong URL is told without its password: %s', (url) => {
  const lines = mistakes({ DATABASE_URL: url, REDIS_URL: url });
  expect(lines).toHaveLength(2);
  expect(lines.join()).not.toContain('hunter2');
  expect(lines[0]).toContain('a URL that begins with postgres:// or postgresql:// and names a host');
});

test('a .env that cannot be read is a mistake, not a missing file', () => {
  expect(() => loadConfig({ env: {}, cwd: '/dev/null' })).toThrow(/\.env: .* cannot be read \(ENOTDIR\)/);
});

test('any duration and size in bounds is taken as it was printed', () => {
  const ms = fc.integer({ min: 100, max: 24 * 3_600_000 });
  const bytes = fc.integer({ min: 1024, max: 1024 ** 4 });
  fc.assert(
    fc.property(ms, bytes, (flushInterval, stagingMaxBytes) => {
      const env = {
        FLUSH_INTERVAL: printDuration(flushInterval),
        STAGING_MAX_BYTES: printSize(stagingMaxBytes),
      };
      expect(load(env)).toMatchObject({ flushInterval, stagingMaxBytes });
    }),
  );
});

test('every setting has a name of its own and a line of description', () => {
  expect(new Set(settings.map(({ env }) => env)).size).toBe(settings.length);
  for (const { description } of settings) expect(description).toMatch(/^[^\n]{10,}$/);
});

test('how files are read is as it is given', () => {
  const given = (env: Record<string, string>) => {
    const { csvDelimiter, sourceTimezone, rejectLimit, expansionLimit } = load(env);
    return [csvDelimiter, sourceTimezone, rejectLimit, expansionLimit];
  };
  const ny = { CSV_DELIMITER: 'tab', SOURCE_TIMEZONE: 'America/New_York', REJECT_LIMIT: '0.5%' };
  expect(given(ny)).toEqual(['\t', 'America/New_York', { share: 0.005 }, 200]);
  const count = { CSV_DELIMITER: ';', REJECT_LIMIT: '0', EXPANSION_LIMIT: '7' };
  expect(given(count)).toEqual([';', 'UTC', { records: 0 }, 7]);
  for (const CSV_DELIMITER of ['a', '"', ',,', '.', '😀']) {
    expect(mistakes({ CSV_DELIMITER })).toEqual([expect.stringContaining('CSV_DELIMITER')]);
  }
  for (const REJECT_LIMIT of ['101%', '-1', '5 %', 'many']) {
    expect(mistakes({ REJECT_LIMIT })).toEqual([expect.stringContaining('REJECT_LIMIT')]);
  }
  expect(mistakes({ SOURCE_TIMEZONE: 'Mars/Base' })).toEqual([expect.stringContaining('SOURCE_TIMEZONE')]);
});

test('clean-up and retention are as they are given', () => {
  expect(load({ CLEAN_SOURCE: 'archive', RETENTION: '30d' })).toMatchObject({
    cleanSource: 'archive',
    retention: 2_592_000_000,
  });
  expect(mistakes({ CLEAN_SOURCE: 'move' })).toEqual([
    'CLEAN_SOURCE: got "move"; allowed: one of off, archive, delete',
  ]);
});

test.each(['events', 'shop_events', '_e1', 'shop.events', 'order', 'e'.repeat(63)])(
  'the table may be called %s',
  (name) => {
    expect(load({ EVENTS_TABLE: name }).eventsTable).toBe(name);
  },
);

test.each([
  'Events',
  '1e',
  'a.b.c',
  'a.',
  'e-e',
  'e"',
  'e; DROP TABLE x',
  'e'.repeat(64),
  'sluice_files',
  's.sluice_x',
])('the table may not be called %s', (name) => {
  expect(mistakes({ EVENTS_TABLE: name })).toHaveLength(1);
});

function connectionFile(text: string): void {
  mkdirSync(join(cwd, 'config'));
  writeFileSync(join(cwd, 'config/postgres_connection_details.txt'), text);
}

test('the connection file names server and table, below .env and above the defaults', () => {
  connectionFile(
    '\ufeff# ours\r\n\r\nhost = db\r\nport=6432\ndatabase=d\nuser=u\npassword= p#= w \ntable=shop.events',
  );
  const config = load();
  expect(config.databaseUrl).toBe('postgres://u:p%23%3D%20w@db:6432/d');
  expect(config.eventsTable).toBe('shop.events');
  expect(config.origins).toMatchObject({
    databaseUrl: 'connection file',
    eventsTable: 'connection file',
    redisUrl: 'default',
  });
  const above = load({}, {}, 'PGHOST=other\nEVENTS_TABLE=mine\n');
  expect(above.databaseUrl).toBe('postgres://u:p%23%3D%20w@other:6432/d');
  expect(above.origins).toMatchObject({ databaseUrl: '.env', eventsTable: '.env' });
});

test('a mistake in the connection file is one line that shows no value', () => {
  connectionFile('hots=hunter2\nhunter2\n__proto__=hunter2\nport=x\nhost=db\ntable=No');
  const allowed =
    'allowed: key=value with host, port, database, user, password, sslmode, sslrootcert, sslcert, sslkey, table';
  expect(mistakes({})).toEqual([
    `config/postgres_connection_details.txt: line 1: got "hots"; ${allowed}`,
    `config/postgres_connection_details.txt: line 2: got a line without =; ${allowed}`,
    `config/postgres_connection_details.txt: line 3: got "__proto__"; ${allowed}`,
    'PGPORT: got "x" (connection file); allowed: a whole number from 1 to 65535',
    expect.stringMatching(/^EVENTS_TABLE: got "No" \(connection file\); allowed: a name such as events/),
  ]);
});

test('a connection file that cannot be read is a mistake, not a missing file', () => {
  mkdirSync(join(cwd, 'config/postgres_connection_details.txt'), { recursive: true });
  expect(mistakes({})).toEqual([expect.stringMatching(/cannot be read \(EISDIR\)/)]);
});
