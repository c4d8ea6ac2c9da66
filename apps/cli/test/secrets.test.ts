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
} from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownServers, type Place, sluice } from './cli.ts';

/** What no output may have of the password below, however it is encoded. */
const pieces = ["it's", 'it%27s', 'hunter', 'p%4', 'p%254', 'y\\z', 'y%5Cz'];
const nasty = `it's hunter p%4/x@:"y\\z ñ`;

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
    writeFileSync(
      join(folder, 'a.csv'),
      `event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n${row}\n`,
    );
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
});
