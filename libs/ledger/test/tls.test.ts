import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  certificate,
  type OwnServer,
  ownPostgres,
  privateKey,
  setPostgresTls,
  waitFor,
} from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { classify, connectPostgres, type PostgresFailure, type Sql, sessionSecurity } from '../src/index.ts';

let server: OwnServer;
beforeAll(async () => {
  server = await ownPostgres();
});
afterAll(() => server.stop());

const roots = (name: `${string}.crt`) => `sslrootcert=${certificate(name)}`;
const ca = roots('ca.crt');

function pool(parameters: string, host = '127.0.0.1'): Sql {
  const url = new URL(server.url);
  url.hostname = host;
  url.search = parameters;
  const sql = connectPostgres(url.href, 'test');
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql;
}

/** What the server knows of the session, and what we verified of the server. */
async function session(parameters: string, host?: string) {
  const sql = pool(parameters, host);
  const [row] = await sql`SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
  const { protocol, verifies } = sessionSecurity(sql) ?? {};
  expect(protocol ?? null).toBe(row?.version);
  return row?.ssl ? verifies : 'not encrypted';
}

async function refusal(sql: Sql): Promise<{ message: string; hint: string | undefined; kind: string }> {
  const failure = classify(
    await sql`SELECT 1`.then(
      () => undefined,
      (error: unknown) => error,
    ),
  ) as PostgresFailure;
  return { message: failure.message, hint: failure.hint, kind: failure.kind };
}

describe('a server without TLS', () => {
  beforeAll(() => setPostgresTls(server, {}));

  test.each(['', 'sslmode=disable', 'sslmode=allow', 'sslmode=prefer'])(
    'is taken as it is with "%s"',
    async (mode) => {
      expect(await session(mode)).toBe('not encrypted');
    },
  );

  test.each([
    'sslmode=require',
    `sslmode=verify-ca&${ca}`,
    `sslmode=verify-full&${ca}`,
    'sslrootcert=system',
  ])('is refused with %s', async (mode) => {
    expect(await refusal(pool(mode))).toEqual({
      kind: 'outage',
      message: 'PostgreSQL is not used: it does not speak TLS',
      hint: expect.stringContaining('set ssl=on at the server; or PGSSLMODE=prefer'),
    });
  });
});

describe('a server with TLS', () => {
  beforeAll(() => setPostgresTls(server, { shows: 'server.crt' }));

  test.each([
    ['sslmode=disable', 'not encrypted'],
    ['', 'nothing'],
    ['sslmode=prefer', 'nothing'],
    ['sslmode=require', 'nothing'],
    ['ssl=true', 'nothing'],
    [`sslmode=require&${ca}`, 'its CA'],
    [`sslmode=verify-ca&${ca}`, 'its CA'],
    [`sslmode=verify-full&${ca}`, 'its CA and its name'],
  ])('is used with "%s" as libpq does, by its address and by its name', async (mode, verified) => {
    expect([await session(mode), await session(mode, 'localhost')]).toEqual([verified, verified]);
  });

  test('speaks the version that the URL allows', async () => {
    const sql = pool('sslmode=require&ssl_max_protocol_version=TLSv1.2');
    await sql`SELECT 1`;
    expect(sessionSecurity(sql)?.protocol).toBe('TLSv1.2');
  });

  test.each(['verify-full', 'verify-ca', 'require'])(
    'is refused with sslmode=%s and another CA, and its place in the pool is free for better ones',
    async (mode) => {
      const sql = pool(`sslmode=${mode}&${roots('other-ca.crt')}`);
      const refused = Array.from({ length: 25 }, () => refusal(sql));
      expect(new Set((await Promise.all(refused)).map(({ message }) => message))).toEqual(
        new Set(['PostgreSQL is not used: its certificate is signed by a CA that is not trusted here']),
      );
      expect((await refusal(sql)).hint).toBe("name the file of that CA's certificate in PGSSLROOTCERT");
    },
  );

  test('is refused when its certificate was revoked', async () => {
    const { message } = await refusal(
      pool(`sslmode=verify-full&${ca}&sslcrl=${certificate('server-revoked.crl')}`),
    );
    expect(message).toBe('PostgreSQL is not used: its certificate was revoked');
  });

  test('lets in who shows a certificate, where it asks for one, and nobody else', async () => {
    await setPostgresTls(server, { shows: 'server.crt', lets: 'hostssl all all 127.0.0.1/32 cert' });
    const shown = `sslcert=${certificate('client.crt')}&sslkey=${privateKey('client')}`;
    expect(await session(`sslmode=require&${shown}`)).toBe('nothing');
    expect(await refusal(pool('sslmode=require'))).toMatchObject({
      message: expect.stringContaining('28000'),
    });
  });
});

describe('a certificate for another name', () => {
  beforeAll(() => setPostgresTls(server, { shows: 'other-name.crt' }));

  test.each(['127.0.0.1', 'localhost'])(
    'is refused for %s with verify-full, and taken with verify-ca',
    async (host) => {
      expect(await session(`sslmode=verify-ca&${ca}`, host)).toBe('its CA');
      const { message, hint } = await refusal(pool(`sslmode=verify-full&${ca}`, host));
      expect(message).toBe(
        `PostgreSQL is not used: its certificate is for db.example, 192.0.2.1, not for ${host}`,
      );
      expect(hint).toBe(`name the server as its certificate does, or have a certificate made for ${host}`);
    },
  );
});

test('a certificate that has expired is refused as soon as anything is verified', async () => {
  await setPostgresTls(server, { shows: 'expired.crt' });
  expect(await session('sslmode=require')).toBe('nothing');
  expect(await refusal(pool(`sslmode=verify-ca&${ca}`))).toMatchObject({
    message: 'PostgreSQL is not used: its certificate has expired',
    hint: 'renew the certificate of the server',
  });
});

describe('whoever is in between', () => {
  /** A port that answers the request for TLS like that. */
  async function answering(answer: (socket: Socket) => void) {
    const [sockets, heard]: [Socket[], Buffer[]] = [[], []];
    const listener = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined).on('data', (data) => heard.push(data)));
      socket.once('data', () => answer(socket));
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      listener.close();
    });
    return { port: (listener.address() as AddressInfo).port, sockets, heard };
  }

  const at = (port: number, parameters: string) => {
    const sql = connectPostgres(`postgres://u:p@127.0.0.1:${port}/d?${parameters}`, 'test');
    onTestFinished(() => sql.end({ timeout: 0 }));
    return sql;
  };

  test.each([
    ['sends more than the answer', 'sslmode=require', (socket: Socket) => void socket.write('SX')],
    [
      'sends more than the answer, also where TLS is only preferred',
      '',
      (socket: Socket) => void socket.write('NX'),
    ],
    ['ends the connection', 'sslmode=require', (socket: Socket) => void socket.end()],
    [
      'speaks no TLS after all',
      'sslmode=require',
      (socket: Socket) => void socket.write('S', () => socket.write('HTTP/1.1 400\r\n\r\n')),
    ],
  ])('is told nothing when it %s', async (_, mode, answer) => {
    const { port, heard } = await answering(answer);
    expect(await refusal(at(port, mode))).toMatchObject({ kind: 'outage' });
    expect(Buffer.concat(heard).toString('latin1')).not.toContain('user');
  });

  test('keeps nobody waiting for longer than connect_timeout, nor after the pool has ended', async () => {
    const { port, sockets } = await answering(() => undefined);
    expect((await refusal(at(port, 'sslmode=require&connect_timeout=1'))).message).toContain(
      'CONNECT_TIMEOUT',
    );
    const sql = at(port, 'sslmode=require');
    const asked = refusal(sql);
    await waitFor(() => sockets.length > 1, { what: 'the second connection' });
    await sql.end({ timeout: 0 });
    await waitFor(() => sockets[1]?.closed, { what: 'the end of the second connection' });
    expect((await asked).message).toContain('CONNECTION_');
  });
});
