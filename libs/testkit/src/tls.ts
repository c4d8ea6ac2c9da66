import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import type { OwnServer } from './own-server.ts';
import { tempFolder } from './temp-folder.ts';
import { waitFor } from './wait-for.ts';

/** The path of a file in `certificates/`. The `make.sh` there explains each of them. */
export function certificate(name: `${string}.${'crt' | 'crl'}`): string {
  return fileURLToPath(new URL(`../certificates/${name}`, import.meta.url));
}

/** A copy of a private key that nobody else can read, which programs insist on. */
export function privateKey(name: 'server' | 'client', folder = tempFolder()): string {
  const file = join(folder, `${name}.key`);
  copyFileSync(fileURLToPath(new URL(`../certificates/${name}.key`, import.meta.url)), file);
  chmodSync(file, 0o600);
  return file;
}

/** How a PostgreSQL accepts sessions. */
interface ServerTls {
  /** The certificate that the server shows. Without one it speaks no TLS. */
  readonly shows?: `${string}.crt`;
  /** A line of `pg_hba.conf` for encrypted sessions. By default any session with the password is accepted. */
  readonly lets?: string;
}

/** Makes a PostgreSQL show a certificate, or none, from now on. Open sessions do not change. */
export async function setPostgresTls(server: OwnServer, { shows, lets }: ServerTls): Promise<void> {
  const sql = postgres(server.url, { max: 1, onnotice: () => undefined });
  try {
    const [row] = await sql`SHOW data_directory`;
    const data = String(row?.data_directory);
    // Each certificate keeps its own file name, because setting the same name again would not be a change.
    const files = shows === undefined ? [] : [certificate('ca.crt'), certificate(shows)];
    for (const file of files) copyFileSync(file, join(data, basename(file)));
    if (shows !== undefined) chownSync(privateKey('server', data), statSync(data).uid, statSync(data).gid);
    const password = '127.0.0.1/32 scram-sha-256';
    // This helper itself connects without TLS.
    const lines = [`hostnossl all all ${password}`, lets ?? `hostssl all all ${password}`, ''];
    writeFileSync(join(data, 'pg_hba.conf'), lines.join('\n'));
    const settings = {
      ssl: shows === undefined ? 'off' : 'on',
      ...(shows !== undefined && { ssl_cert_file: shows, ssl_key_file: 'server.key', ssl_ca_file: 'ca.crt' }),
    };
    for (const [name, value] of Object.entries(settings))
      await sql.unsafe(`ALTER SYSTEM SET ${name} = '${value}'`);
    const before = await loadedAt(sql);
    await sql`SELECT pg_reload_conf()`;
    await waitFor(async () => (await loadedAt(sql)) !== before, { what: 'the new settings of PostgreSQL' });
  } finally {
    await sql.end();
  }
}

async function loadedAt(sql: postgres.Sql): Promise<string> {
  const [row] = await sql`SELECT pg_conf_load_time()::text AS at`;
  return String(row?.at);
}

/**
 * Makes a Redis accept encrypted connections on a second port besides its plain one, and lets in the ACL user `app`.
 *
 * @returns its TLS URL for that user, with the address 127.0.0.1
 */
export async function setRedisTls(
  server: OwnServer,
  {
    shows,
    asksForCertificate,
    password,
  }: { shows: `${string}.crt`; asksForCertificate: boolean; password: string },
): Promise<string> {
  const redis = new Redis(server.url);
  try {
    const port = await freePort();
    await redis.call('ACL', 'SETUSER', 'app', 'reset', 'on', `>${password}`, '~*', '&*', '+@all');
    const files = [
      'tls-cert-file',
      certificate(shows),
      'tls-key-file',
      privateKey('server'),
      'tls-ca-cert-file',
      certificate('ca.crt'),
    ];
    await redis.call(
      'CONFIG',
      'SET',
      ...files,
      'tls-auth-clients',
      asksForCertificate ? 'yes' : 'no',
      'tls-port',
      port,
    );
    return `rediss://app:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  } finally {
    redis.disconnect();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
