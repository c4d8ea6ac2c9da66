import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type PostgresProgram, type RunningServer, startPostgres } from '@sluice/embedded';
import { connectPostgres } from '@sluice/ledger';

const SETUP = fileURLToPath(new URL('../../../../config/postgres_setup.sql', import.meta.url));
const DATABASE = 'ecommerce_streaming';
const PASSWORD = 'drill';
const ADMIN = 'drill_admin';

const run = promisify(execFile);

export interface DrillPostgresOptions {
  readonly program: PostgresProgram;
  readonly folder: string;
  readonly port?: number;
}

/** A PostgreSQL with the roles of production, which can be dumped, lost and restored by the programs that an operator has. */
export class DrillPostgres {
  readonly #o: DrillPostgresOptions;
  readonly #server: RunningServer;

  private constructor(o: DrillPostgresOptions, server: RunningServer) {
    this.#o = o;
    this.#server = server;
  }

  /** Starts an empty one, and sets it up by `config/postgres_setup.sql`. */
  static async start(o: DrillPostgresOptions): Promise<DrillPostgres> {
    const server = await startPostgres(o, o.program);
    const postgres = new DrillPostgres(o, server);
    // The first superuser has the name of the role that the script makes.
    await postgres.#asUser(server.address.url, async (sql) => {
      await sql.unsafe(`CREATE ROLE ${ADMIN} SUPERUSER LOGIN PASSWORD '${PASSWORD}'`);
    });
    await postgres.#asUser(postgres.#urlOf(ADMIN, 'postgres'), async (sql) => {
      await sql`ALTER ROLE ${sql(new URL(server.address.url).username)} RENAME TO first_superuser`;
    });
    const env = { SLUICE_PASSWORD: PASSWORD, SLUICE_OWNER_PASSWORD: PASSWORD };
    await postgres.#client('psql', ['-X', '-q', '-f', SETUP], { database: 'postgres', env });
    return postgres;
  }

  get port(): number {
    return this.#server.address.port;
  }

  /** What the apps connect with: the role that loads. */
  get url(): string {
    return this.#urlOf('sluice');
  }

  get ownerUrl(): string {
    return this.#urlOf('sluice_owner');
  }

  async dump(file: string): Promise<void> {
    await this.#client('pg_dump', ['-Fc', '-f', file]);
  }

  /** Restores over what the set-up has made, as `docs/operations.md` says. */
  async restore(file: string): Promise<void> {
    await this.#client('pg_restore', ['--clean', '--if-exists', '--exit-on-error', file]);
  }

  /** Ends the server in the middle of its work, with everything that it stored. */
  async lose(): Promise<void> {
    if (this.#server.isAlive()) process.kill(this.#server.address.pid, 'SIGKILL');
    await this.#server.stop();
    rmSync(join(this.#o.folder, 'data'), { recursive: true, force: true });
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  #urlOf(user: string, database = DATABASE): string {
    return `postgres://${user}:${PASSWORD}@127.0.0.1:${this.port}/${database}`;
  }

  async #asUser(
    url: string,
    work: (sql: ReturnType<typeof connectPostgres>) => Promise<void>,
  ): Promise<void> {
    const sql = connectPostgres(url, 'chaos');
    try {
      await work(sql);
    } finally {
      await sql.end({ timeout: 5 });
    }
  }

  /** Runs one of the client programs as the superuser. The password is in its environment, where no other user sees it. */
  async #client(
    name: 'psql' | 'pg_dump' | 'pg_restore',
    args: readonly string[],
    { database = DATABASE, env = {} }: { database?: string; env?: Record<string, string> } = {},
  ): Promise<void> {
    const where = ['-h', '127.0.0.1', '-p', String(this.port), '-U', ADMIN, '-d', database];
    const program = join(this.#o.program.installation, 'bin', name);
    await run(program, [...where, ...args], {
      env: { PATH: process.env.PATH, PGPASSWORD: PASSWORD, ...env },
    });
  }
}
