import { chmodSync, chownSync, copyFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import type { OwnServer } from './own-server.ts';
import { tempFolder } from './temp-folder.ts';
import { waitFor } from './wait-for.ts';

/** The path of a file of `certificates/`; `make.sh` there says what each of them is. */
export function certificate(name: `${string}.${'crt' | 'crl'}`): string {
  return fileURLToPath(new URL(`../certificates/${name}`, import.meta.url));
}

/** A copy of a private key that nobody else can read, as programs want it. */
export function privateKey(name: 'server' | 'client', folder = tempFolder()): string {
  const file = join(folder, `${name}.key`);
  copyFileSync(fileURLToPath(new URL(`../certificates/${name}.key`, import.meta.url)), file);
  chmodSync(file, 0o600);
  return file;
}

/** How a PostgreSQL is to take sessions. */
export interface ServerTls {
  /** The certificate that it shows; none: it speaks no TLS. */
  readonly shows?: `${string}.crt`;
  /** Lines of `pg_hba.conf`; what it has is left alone otherwise. */
  readonly lets?: string;
}

/** Lets a PostgreSQL show a certificate, or none, from now on. Sessions that are open stay as they are. */
export async function setPostgresTls(server: OwnServer, { shows, lets }: ServerTls): Promise<void> {
  const sql = postgres(server.url, { max: 1, onnotice: () => undefined });
  try {
    const [row] = await sql`SHOW data_directory`;
    const data = String(row?.data_directory);
    // A file of its own for each, because the same name would be no change.
    const files = shows === undefined ? [] : [certificate('ca.crt'), certificate(shows)];
    for (const file of files) copyFileSync(file, join(data, basename(file)));
    if (shows !== undefined) chownSync(privateKey('server', data), statSync(data).uid, statSync(data).gid);
    if (lets !== undefined) writeFileSync(join(data, 'pg_hba.conf'), lets);
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
