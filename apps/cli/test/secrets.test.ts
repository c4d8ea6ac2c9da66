import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  certificate,
  type OwnServer,
  ownPostgres,
  ownRedis,
  privateKey,
  setPostgresTls,
  setRedisTls,
  tempFolder,
  waitFor,
} from '@sluice/testkit';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ownServers, type Place, sluice } from './cli.ts';

/** What no output may have of the password below, however it is encoded. */
const pieces = ["it's", 'it%27s', 'hunter', 'p%4', 'p%254', 'y\\z', 'y%5Cz'];
const nasty = `it's hunter p%4/x@:"y\\z ñ`;

const HEADER = 'event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n';

/** All that a command says, after a look for pieces of the password. */
async function saidBy(place: Place, ...args: string[]): Promise<string> {
  const run = sluice(place, ...args);
  await run.ended;
  const said = run.stdout() + run.stderr();
  for (const piece of pieces) expect(said).not.toContain(piece);
  return said;
}

describe('no output shows a password with quotes, spaces and signs of URLs', () => {
  const away = '127.0.0.1:1';
  const encoded = encodeURIComponent(nasty);
  const asItIs = "it's hunter y\\z";
  const file = join(tempFolder(), 'password');
  writeFileSync(file, `${nasty}\n`);

  const all = ['config', 'status', 'doctor', 'migrate'];
  const inUrls = (text: string) => ({
    DATABASE_URL: `postgres://me:${text}@${away}/d`,
    REDIS_URL: `redis://me:${text}@${away}`,
  });
  const parts = { PGHOST: '127.0.0.1', PGPORT: '1' };

  it.each<[string, Place, readonly string[]]>([
    ['encoded in URLs', inUrls(encoded), all],
    ['as it is in URLs', inUrls(asItIs), ['config', 'doctor']],
    ['in parts', { ...parts, PGPASSWORD: nasty }, ['config', 'doctor']],
    ['in a file', { ...parts, PGPASSWORD_FILE: file }, ['config', 'migrate']],
    ['in mistyped URLs', inUrls(nasty), ['config']],
    ['as a string of libpq', { DATABASE_URL: `host=h user=me password='it\\'s hunter'` }, ['config']],
  ])('that is given %s', async (_, given, commands) => {
    const place = { ...ownServers(), ...given };
    const said = await Promise.all(commands.map((command) => saidBy(place, command)));
    expect(said.join('')).toMatch(/:\*\*\*@|a value that is not shown/);
  });
});

describe('over TLS, with the certificate of a CA of our own', () => {
  let servers: readonly [OwnServer, OwnServer];
  let place: Place;
  beforeAll(async () => {
    servers = await Promise.all([ownPostgres(), ownRedis()]);
    const [postgres, redis] = servers;
    await setPostgresTls(postgres, { shows: 'server.crt' });
    const shown = { shows: 'server.crt', asksForCertificate: true, password: nasty } as const;
    const redisUrl = await setRedisTls(redis, shown);
    const files = tempFolder();
    writeFileSync(join(files, 'redis-url'), redisUrl, { mode: 0o600 });
    place = {
      DATA_DIR: tempFolder(),
      DATABASE_URL: postgres.url,
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: certificate('ca.crt'),
      REDIS_URL_FILE: join(files, 'redis-url'),
      REDIS_CA_FILE: certificate('ca.crt'),
      REDIS_CERT_FILE: certificate('client.crt'),
      REDIS_KEY_FILE: privateKey('client'),
    };
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  it('all is loaded, and doctor says that both sessions are encrypted and verified', async () => {
    await saidBy(place, 'migrate');
    const folder = join(place.DATA_DIR ?? '', 'input_data');
    mkdirSync(folder, { recursive: true });
    const row = '00000000-0000-4000-8000-000000000001,view,p,u,2026-01-01 00:00:00,1,1.00';
    writeFileSync(join(folder, 'a.csv'), `${HEADER}${row}\n`);
    expect(await saidBy(place, 'drain')).toMatch(/: 1 file, 1 record = 1 inserted/);
    const said = await saidBy(place, 'doctor');
    expect(said).toMatch(/^ok +PostgreSQL TLS +TLSv1\.3, verified by its CA and its name$/m);
    expect(said).toMatch(/^ok +Redis TLS +TLSv1\.3, verified by its CA and its name$/m);
    expect(said).toMatch(/^ok +Secrets +nobody else can read \S+redis-url$/m);
  });

  it('each command says what to do about another CA, a missing certificate and a file that others can read', async () => {
    const others = {
      ...place,
      PGSSLROOTCERT: certificate('other-ca.crt'),
      REDIS_CA_FILE: certificate('other-ca.crt'),
    };
    const open = join(tempFolder(), 'dashboard-password');
    writeFileSync(open, 'correct horse\n');
    chmodSync(open, 0o644);
    const { REDIS_CERT_FILE: _, REDIS_KEY_FILE: __, ...unknown } = place;
    const [doctor, start, unnamed] = await Promise.all([
      saidBy({ ...others, DASHBOARD_PASSWORD_FILE: open }, 'doctor'),
      saidBy(others, 'start', '--once'),
      saidBy(unknown, 'status'),
    ]);
    expect(doctor).toMatch(
      /^wrong +PostgreSQL .*signed by a CA that is not trusted here\n +fix: .*PGSSLROOTCERT/m,
    );
    expect(doctor).toMatch(
      /^wrong +Redis .*signed by a CA that is not trusted here\n +fix: .*REDIS_CA_FILE/m,
    );
    expect(doctor).toMatch(
      /^warning +Secrets +others can read \S+dashboard-password\n +fix: chmod 600 \S+$/m,
    );
    expect(start).toMatch(/signed by a CA that is not trusted here\nWhat to do: name the file of that CA's/);
    expect(unnamed).toMatch(
      /it (?:asks for a certificate|ended the connection)\nWhat to do: .*name one in REDIS_CERT_FILE/,
    );
  });

  it('a Redis that shows a certificate for another name, or speaks no TLS, is refused', async () => {
    const [, redis] = servers;
    const shown = { shows: 'other-name.crt', asksForCertificate: false, password: nasty } as const;
    const files = { ...place, REDIS_URL_FILE: '', REDIS_URL: await setRedisTls(redis, shown) };
    const plain = { ...place, REDIS_URL_FILE: '', REDIS_URL: redis.url.replace('redis:', 'rediss:') };
    const [named, unencrypted] = await Promise.all([saidBy(files, 'status'), saidBy(plain, 'status')]);
    expect(named).toMatch(
      /its certificate is for db\.example, 192\.0\.2\.1, not for 127\.0\.0\.1\nWhat to do: name/,
    );
    expect(unencrypted).toMatch(/no answer within 5 s\nWhat to do: .*name its tls-port/);
  });

  it('every session of a running installation is secured, takes up changed passwords, and refuses a server whose certificate expired', async () => {
    const [postgresServer, redisServer] = servers;
    const files = tempFolder();
    const own = new URL(postgresServer.url);
    const first = decodeURIComponent(own.password);
    own.password = '';
    const secured = {
      shows: 'server.crt',
      lets: 'hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-full',
    } as const;
    await setPostgresTls(postgresServer, secured);
    const shown = { shows: 'server.crt', asksForCertificate: true, password: nasty } as const;
    const redisUrl = new URL(await setRedisTls(redisServer, shown));
    const give = (postgresPassword: string, redisPassword: string) => {
      redisUrl.password = encodeURIComponent(redisPassword);
      writeFileSync(join(files, 'password'), `${postgresPassword}\n`, { mode: 0o600 });
      writeFileSync(join(files, 'redis-url'), redisUrl.href, { mode: 0o600 });
    };
    give(first, nasty);
    const secure = {
      ...place,
      DATA_DIR: tempFolder(),
      DATABASE_URL: own.href,
      DATABASE_READ_URL: own.href,
      PGPASSWORD_FILE: join(files, 'password'),
      PGSSLCERT: certificate('client.crt'),
      PGSSLKEY: privateKey('client'),
      REDIS_URL_FILE: join(files, 'redis-url'),
      RECONCILE_INTERVAL: '1s',
      REDIS_PREFIX: '{secured}',
    };
    const sql = postgres(postgresServer.url, { max: 1, onnotice: () => undefined });
    const redis = new Redis(redisServer.url);
    onTestFinished(async () => {
      redis.disconnect();
      await sql.end();
    });
    const land = (n: number) => {
      const row = `00000000-0000-4000-8000-00000000010${n},view,p,u,2026-01-01 00:00:00,1,1.00`;
      const folder = join(secure.DATA_DIR, 'input_data');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${n}.csv`), `${HEADER}${row}\n`);
    };
    const rows = () => sql`SELECT FROM events WHERE event_id > '00000000-0000-4000-8000-000000000100'`;
    const loaded = (n: number) =>
      waitFor(async () => (await rows()).length === n, { what: `${n} rows`, timeoutMs: 60_000 });
    const endPostgres = () =>
      sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'sluice-%'`;
    const endRedis = () => redis.call('CLIENT', 'KILL', 'USER', 'app');
    // The rights that docs/cloud.md names.
    const rights = ['~{secured}*', '&{secured}*', '+@all', '-@dangerous', '+info', '+client|list'];
    await redis.call('ACL', 'SETUSER', 'app', 'resetkeys', 'resetchannels', '-@all', ...rights);
    const run = sluice(secure, 'start', '--no-generate', '--workers', '1', '--verbose');
    land(1);
    await loaded(1);

    const sessions = await waitFor(
      async () => {
        const rows = await sql`
          SELECT DISTINCT application_name AS app, ssl, client_dn FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
          WHERE application_name LIKE 'sluice-%' ORDER BY 1`;
        return rows.some(({ app }) => app === 'sluice-dashboard') && rows;
      },
      { what: 'a session of the dashboard' },
    );
    for (const app of ['sluice-dashboard', 'sluice-watcher', 'sluice-worker'])
      expect(sessions).toContainEqual({ app, ssl: true, client_dn: '/CN=sluice' });
    expect(sessions.filter(({ ssl }) => ssl !== true)).toEqual([]);
    const clients = String(await redis.call('CLIENT', 'LIST', 'TYPE', 'normal'))
      .trim()
      .split('\n');
    const theirs = clients.filter((client) => !client.includes(' cmd=client|list '));
    expect(theirs.length).toBeGreaterThan(4);
    for (const client of theirs)
      expect(client).toMatch(new RegExp(` laddr=127\\.0\\.0\\.1:${redisUrl.port} .* user=app `));

    const second = 'another one of 2026';
    await sql.unsafe(`ALTER ROLE sluice PASSWORD '${second}'`);
    await endPostgres();
    await run.says(/password authentication failed/);
    await redis.call('ACL', 'SETUSER', 'app', 'resetpass', `>${second}`);
    await endRedis();
    land(2);
    await run.says(/Redis is away.*WRONGPASS/);
    give(second, second);
    await loaded(2);

    await sql.unsafe(`ALTER ROLE sluice PASSWORD '${first}'`);
    await setPostgresTls(postgresServer, { ...secured, shows: 'expired.crt' });
    await redis.call('CONFIG', 'SET', 'tls-cert-file', certificate('expired.crt'));
    give(first, second);
    await endPostgres();
    await run.says(/PostgreSQL is not used: its certificate has expired/);
    await endRedis();
    land(3);
    await run.says(/Redis is away.*its certificate has expired/);
    expect(await rows()).toHaveLength(2);
    const still = await sql`SELECT FROM pg_stat_activity WHERE application_name LIKE 'sluice-%'`;
    expect(still).toHaveLength(0);
    await setPostgresTls(postgresServer, secured);
    await redis.call('CONFIG', 'SET', 'tls-cert-file', certificate('server.crt'));
    await loaded(3);
    run.process.kill('SIGINT');
    expect(await run.ended).toBe(0);
    const said = run.stdout() + run.stderr();
    for (const secret of [...pieces, first, second]) expect(said).not.toContain(secret);
  });

  it.skipIf(spawnSync('psql', ['--version']).error !== undefined)(
    'psql gets the certificates and the password too, and refuses what the pools refuse',
    async () => {
      const [server] = servers;
      await setPostgresTls(server, {
        shows: 'server.crt',
        lets: 'hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-full',
      });
      const secure = { ...place, PGSSLCERT: certificate('client.crt'), PGSSLKEY: privateKey('client') };
      const asked = [
        'psql',
        '-At',
        '-c',
        'SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      ];
      const others = { ...secure, PGSSLROOTCERT: certificate('other-ca.crt') };
      const [said, refused] = await Promise.all([saidBy(secure, ...asked), saidBy(others, ...asked)]);
      expect(said).toBe('t|/CN=sluice\n');
      expect(refused).toMatch(/certificate verify failed/);
    },
  );
});
