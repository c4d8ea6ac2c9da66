import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type PostgresProgram, type RunningServer, startRedis } from '@sluice/embedded';
import { connectPostgres, migrate, type Sql } from '@sluice/ledger';
import { messageOf } from '@sluice/process';
import { type Finding, Findings } from '../findings.ts';
import { Fleet } from '../fleet.ts';
import { LabFolder } from '../lab-folder.ts';
import { judgeLeftovers, leftovers } from '../leftovers.ts';
import { judgeRows } from '../oracle.ts';
import { readFiles } from '../record.ts';
import { Rows } from '../rows.ts';
import { askRedis } from '../servers.ts';
import { contentOf, SourceWriter } from '../source-writer.ts';
import { Written } from '../written.ts';
import { DrillPostgres } from './postgres.ts';

export interface DrillOptions {
  readonly seed: number;
  /** The files of each round, and their average number of records. */
  readonly files: number;
  readonly rows: number;
}

interface DrillRun extends DrillOptions {
  readonly program: PostgresProgram;
  readonly say: (message: string) => void;
  readonly stopping: AbortSignal;
}

/** What one round lost, and what came back. */
interface Round {
  readonly lost: 'both servers' | 'PostgreSQL alone';
  /** Files that were complete when everything was lost, and those of them that the backup has. */
  readonly before: number;
  readonly inBackup: number;
  /** From the loss until every file was complete again, in seconds. */
  readonly took: number;
}

export interface DrillVerdict {
  readonly postgres: string;
  readonly rounds: readonly Round[];
  readonly held: boolean;
  readonly findings: readonly Finding[];
  /** Where everything is kept after a breach. */
  readonly folder: string | undefined;
}

const CLI = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));
const PREFIX = '{sluice}';
const COMPLETE_WITHIN_MS = 180_000;
const SETTINGS = { FLUSH_INTERVAL: '1s', RECONCILE_INTERVAL: '1s', STABLE_FOR: '100ms', CHUNK_ROWS: '50' };

const run = promisify(execFile);

/**
 * Drills a restore by the steps of `docs/operations.md`: a backup in the middle of the work, more files after it, the loss of the
 * servers, the restore, `recover` and `verify`. The oracle of the crash lab judges every row.
 */
export async function drill(o: DrillRun): Promise<DrillVerdict> {
  const folder = new LabFolder();
  const one = new Drill(o, folder);
  let keep = true;
  try {
    const rounds = [await one.round('both servers'), await one.round('PostgreSQL alone')];
    const { findings } = one;
    keep = !findings.held;
    const postgres = `PostgreSQL ${o.program.version}`;
    return {
      postgres,
      rounds,
      held: findings.held,
      findings: findings.all,
      folder: keep ? folder.path : undefined,
    };
  } finally {
    await one.close();
    await folder.close({ keep: keep && !o.stopping.aborted });
  }
}

class Drill {
  readonly findings = new Findings();
  readonly #o: DrillRun;
  readonly #folder: LabFolder;
  readonly #written = new Written();
  readonly #writer: SourceWriter;
  readonly #rows: Rows;
  #postgres: DrillPostgres | undefined;
  #redis: RunningServer | undefined;
  #fleet: Fleet | undefined;

  constructor(o: DrillRun, folder: LabFolder) {
    this.#o = o;
    this.#folder = folder;
    this.#writer = new SourceWriter(folder.in('input_data'), folder.in('beside'), this.#written);
    const rows = { min: Math.ceil(o.rows / 2), max: Math.floor((o.rows * 3) / 2) };
    this.#rows = new Rows({ seed: o.seed, rows, duplicates: 0.03, malformed: 0.01 });
  }

  async round(lost: Round['lost']): Promise<Round> {
    const { say, files } = this.#o;
    const dump = join(this.#folder.in('backup'), `${lost === 'both servers' ? 'first' : 'second'}.dump`);
    const loaded = this.#written.versions.length;
    const half = Math.ceil(files / 2);
    this.#postgres ??= await this.#emptyPostgres();
    this.#redis ??= await this.#startRedis();
    if (this.#fleet === undefined) await this.#migrate();
    this.#startFleet();
    this.#drop(half);
    await this.#until(
      () => this.#complete(),
      (complete) => complete > loaded,
    );
    say('a backup by pg_dump, while files are loaded');
    const atBackup = await this.#complete();
    await this.#postgres.dump(dump);
    this.#drop(files - half);
    await this.#until(
      () => this.#complete(),
      (complete) => complete === this.#written.versions.length,
    );
    const before = await this.#complete();

    say(`${lost} and every app are lost`);
    const began = performance.now();
    await this.#fleet?.crash();
    const { port } = this.#postgres;
    await this.#postgres.lose();
    if (lost === 'both servers') await this.#loseRedis();

    say('restored: an empty server, config/postgres_setup.sql, pg_restore, recover');
    this.#postgres = await this.#emptyPostgres(port);
    await this.#postgres.restore(dump);
    const inBackup = await this.#complete();
    this.findings.expect(
      'backup',
      atBackup <= inBackup && inBackup < before,
      () => `${inBackup} files of at least ${atBackup} and fewer than ${before}`,
    );
    this.#tell(await this.#sluice('recover'));
    this.#startFleet();
    await this.#until(
      () => this.#complete(),
      (complete) => complete === this.#written.versions.length,
    );
    await this.#until(
      () => this.#left(),
      ({ staging, jobs }) => staging.length + jobs.length === 0,
    );
    const took = (performance.now() - began) / 1000;
    await this.#fleet?.stop();
    await this.#judge();
    return { lost, before, inBackup, took };
  }

  async close(): Promise<void> {
    await this.#fleet?.stop();
    await this.#postgres?.stop();
    await this.#redis?.stop();
  }

  async #judge(): Promise<void> {
    await this.#ask((sql) => judgeRows(sql, this.#written, this.findings));
    judgeLeftovers(await this.#left(), this.findings);
    this.findings.checked('verify');
    await this.#sluice('verify', '--sources').then(
      (said) => this.#tell(said),
      (error: unknown) => this.findings.breach('verify', messageOf(error)),
    );
    this.findings.checked('apps');
    for (const app of this.#fleet?.endedByThemselves ?? []) this.findings.breach('apps', app);
  }

  #tell(lines: string): void {
    for (const line of lines.trimEnd().split('\n')) this.#o.say(line);
  }

  #emptyPostgres(port?: number): Promise<DrillPostgres> {
    const { program } = this.#o;
    return DrillPostgres.start({
      program,
      folder: this.#folder.in('postgres'),
      ...(port !== undefined && { port }),
    });
  }

  #startRedis(port?: number): Promise<RunningServer> {
    return startRedis({ folder: this.#folder.in('redis'), ...(port !== undefined && { port }) });
  }

  async #loseRedis(): Promise<void> {
    const redis = this.#redis;
    if (redis?.isAlive()) process.kill(redis.address.pid, 'SIGKILL');
    await redis?.stop();
    rmSync(join(this.#folder.in('redis'), 'appendonlydir'), { recursive: true, force: true });
    this.#redis = await this.#startRedis(redis?.address.port);
  }

  #startFleet(): void {
    this.#fleet ??= new Fleet({
      env: this.#env(),
      preload: [],
      folder: this.#folder.path,
      logs: this.#folder.in('logs'),
      size: { watcher: 1, worker: 2 },
    });
    this.#fleet.start({});
  }

  #env(): Record<string, string> {
    return {
      DATABASE_URL: this.#postgres?.url ?? '',
      REDIS_URL: this.#redis?.address.url ?? '',
      REDIS_PREFIX: PREFIX,
      DATA_DIR: this.#folder.path,
      ...SETTINGS,
    };
  }

  async #migrate(): Promise<void> {
    const sql = connectPostgres(this.#postgres?.ownerUrl ?? '', 'chaos');
    await migrate(sql);
    await sql.end({ timeout: 5 });
  }

  #drop(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const name = `drill_${this.#written.versions.length}.csv`;
      this.#writer.drop(name, contentOf(name, this.#rows.nextFile()), { old: false });
    }
  }

  /** The output of a command, which must exit with 0. */
  async #sluice(...args: string[]): Promise<string> {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const env = { PATH, NODE_COMPILE_CACHE, ...this.#env() };
    const { stdout } = await run(process.execPath, [CLI, ...args], { cwd: this.#folder.path, env });
    return stdout;
  }

  async #complete(): Promise<number> {
    return (await this.#ask(readFiles)).filter(({ closed }) => closed).length;
  }

  async #ask<T>(question: (sql: Sql) => Promise<T>): Promise<T> {
    const sql = connectPostgres(this.#postgres?.ownerUrl ?? '', 'chaos');
    try {
      return await question(sql);
    } finally {
      await sql.end({ timeout: 5 });
    }
  }

  #left() {
    return askRedis(this.#redis?.address.url ?? '', (redis) => leftovers(redis, PREFIX));
  }

  async #until<T>(look: () => Promise<T>, fits: (seen: T) => boolean): Promise<void> {
    const deadline = performance.now() + COMPLETE_WITHIN_MS;
    for (;;) {
      const seen = await look();
      if (fits(seen)) return;
      this.#o.stopping.throwIfAborted();
      if (performance.now() > deadline) throw new Error(`not complete after 180 s: ${JSON.stringify(seen)}`);
      await delay(250);
    }
  }
}
