import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { verify } from '@sluice/ledger';
import type { KillPoint } from '@sluice/process';
import { LabFeeds } from './feeds/lab-feeds.ts';
import { Findings } from './findings.ts';
import { Fleet } from './fleet.ts';
import { LabFolder } from './lab-folder.ts';
import { Lanes } from './lanes.ts';
import { judgeLeftovers, leftovers } from './leftovers.ts';
import { Load } from './load.ts';
import type { ChaosOptions } from './options.ts';
import { judgeRows } from './oracle.ts';
import { type Folders, judgePlaces, sourceIsEmpty } from './places.ts';
import { type Disk, PASSED_POINTS, planOf } from './plan.ts';
import { Random } from './random.ts';
import { readFiles } from './record.ts';
import { Servers } from './servers.ts';
import { SmallDisk } from './small-disk.ts';
import { SourceWriter } from './source-writer.ts';
import { takeOver } from './take-over.ts';
import type { Verdict } from './verdict.ts';
import { type Version, Written } from './written.ts';

export interface LabOptions extends ChaosOptions {
  /** Whether to measure also how long the default settings take to notice a crashed worker. */
  readonly takeOver?: boolean;
  /** URLs of modules that the apps load before their main, for planted bugs. */
  readonly preload?: readonly string[];
  /** More environment variables for the apps. */
  readonly env?: Readonly<Record<string, string>>;
  readonly points?: readonly KillPoint[];
  /** Seconds that may pass from the last fault until no work is left. */
  readonly drainedWithin?: number;
  /** If false, nothing is kept of a run that found a breach. */
  readonly keep?: boolean;
  readonly say: (message: string) => void;
  readonly stopping: AbortSignal;
}

const FLEET = { watcher: 2, worker: 3 } as const;
const PREFIX = '{sluice}';
/** Short times keep a run short. A small queue makes files wait long enough for others to change them meanwhile. */
const SETTINGS = {
  JOB_LOCK: '2s',
  FLUSH_INTERVAL: '1s',
  RECONCILE_INTERVAL: '1s',
  STABLE_FOR: '100ms',
  MAX_QUEUED_FILES: '8',
  WORKER_CONCURRENCY: '2',
  BATCH_ROWS: '500',
  CHUNK_ROWS: '100',
  STAGING_MAX_BYTES: '1MiB',
  REDIS_PREFIX: PREFIX,
} as const;
const DRAINED_WITHIN_S = 120;
const PICKED_UP_WITHIN_S = 60;
/** A run with at least this many kills must have a death at every point. */
const ALL_POINTS_FROM = 200;
/** When more apps than this have ended by themselves, the faults stop, because the apps probably cannot even start. */
const ENOUGH_ENDED = 50;
const SMALL_DISKS = { postgres: 1024, redis: 256, archive: 256 } as const;

/** Runs the apps under the faults of a plan, waits until no work is left, and judges the result. */
export async function runLab(options: LabOptions): Promise<Verdict> {
  const folder = new LabFolder();
  const lab = new Lab(options, folder);
  let keep = false;
  try {
    const verdict = await lab.run();
    keep = !verdict.held && options.keep !== false;
    return keep ? { ...verdict, folder: folder.path } : verdict;
  } catch (error) {
    keep = !options.stopping.aborted;
    if (keep) options.say(`what the apps wrote is kept in ${folder.path}`);
    throw error;
  } finally {
    await lab.close();
    await folder.close({ keep });
  }
}

class Lab {
  readonly #o: LabOptions;
  readonly #folder: LabFolder;
  readonly #folders: Folders;
  readonly #written = new Written();
  readonly #findings = new Findings();
  readonly #skipped: string[] = [];
  readonly #began = performance.now();
  readonly #feeds: LabFeeds;
  #fleet: Fleet | undefined;
  #servers: Servers | undefined;

  constructor(options: LabOptions, folder: LabFolder) {
    this.#o = options;
    this.#folder = folder;
    this.#folders = {
      source: folder.in('input_data'),
      archive: join(folder.path, 'archive'),
      quarantine: join(folder.path, 'quarantine'),
    };
    this.#feeds = new LabFeeds(folder, options);
  }

  async run(): Promise<Verdict> {
    const disks = this.#mountDisks();
    const servers = await Servers.start({
      postgresFolder: disks.postgres?.folder ?? this.#folder.in('postgres'),
      redisFolder: disks.redis?.folder ?? this.#folder.in('redis'),
      proxied: this.#o.faults.includes('reset'),
    });
    this.#servers = servers;
    const archive =
      disks.archive === undefined ? this.#folders.archive : join(disks.archive.folder, 'archive');
    const folders = { ...this.#folders, archive };
    await servers.ask((sql) => this.#feeds.makeTables(sql));
    const fleet = this.#newFleet(servers, folders);
    this.#fleet = fleet;

    const phases = planOf(this.#o);
    const random = new Random(this.#o.seed);
    const deadline = this.#began + (this.#o.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
    const over = () =>
      this.#o.stopping.aborted ||
      performance.now() > deadline ||
      fleet.endedByThemselves.length > ENOUGH_ENDED;
    const lanes = new Lanes(
      phases,
      { fleet, servers, disks, random },
      {
        over,
        say: this.#o.say,
        journal: join(this.#folder.in('logs'), 'faults.jsonl'),
      },
    );
    const load = this.#newLoad(servers);
    for (const phase of phases) {
      this.#o.say(`faults with CLEAN_SOURCE=${phase.cleanSource}`);
      await fleet.stop();
      fleet.start({ CLEAN_SOURCE: phase.cleanSource });
      const rest = new AbortController();
      const loading = load.during(phase.cleanSource, () => lanes.progress, rest.signal);
      const others = this.#feeds.during(() => lanes.progress, rest.signal);
      const ends = await Promise.allSettled([
        lanes.run(phase).finally(() => rest.abort()),
        loading.catch((error: unknown) => {
          lanes.end();
          throw error;
        }),
        others,
      ]);
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      this.#o.stopping.throwIfAborted();
    }
    load.finish();
    this.#feeds.finish();
    const drainedAfter = await this.#drain(servers, folders);
    await fleet.stop();
    await this.#judge(servers, folders, fleet);
    return {
      seed: this.#o.seed,
      faults: lanes.counts,
      killed: fleet.killed,
      points: Object.fromEntries(fleet.hits),
      versions: this.#written.versions.length,
      records: this.#written.versions.reduce((sum, { rows }) => sum + rows.length, 0),
      drainedAfter,
      pickedUpAfter: await this.#takeOver(servers),
      skipped: this.#skipped,
      took: (performance.now() - this.#began) / 1000,
      held: this.#findings.held,
      findings: this.#findings.all,
      folder: undefined,
    };
  }

  async close(): Promise<void> {
    await this.#fleet?.stop();
    await this.#servers?.stop();
  }

  #mountDisks(): Record<Disk, SmallDisk | undefined> {
    const mount = (disk: Disk) => {
      if (!this.#o.faults.includes('disk-full')) return undefined;
      const mounted = SmallDisk.mount(this.#folder.in('small', disk), SMALL_DISKS[disk], this.#o.say);
      if (mounted === undefined) this.#skipped.push(`disk-full of ${disk}`);
      return mounted;
    };
    return { postgres: mount('postgres'), redis: mount('redis'), archive: mount('archive') };
  }

  #newFleet(servers: Servers, { source, archive, quarantine }: Folders): Fleet {
    return new Fleet({
      env: {
        DATABASE_URL: servers.urls.postgres,
        REDIS_URL: servers.urls.redis,
        DATA_DIR: this.#folder.path,
        SOURCE_DIR: source,
        ARCHIVE_DIR: archive,
        QUARANTINE_DIR: quarantine,
        FEEDS_DIR: this.#feeds.yamlFolder,
        ...SETTINGS,
        ...this.#o.env,
      },
      preload: this.#o.preload ?? [],
      folder: this.#folder.path,
      logs: this.#folder.in('logs'),
      size: FLEET,
    });
  }

  #newLoad(servers: Servers): Load {
    const found = async ({ name, token }: Version, gone: boolean): Promise<boolean> => {
      const rows = await servers.ask(
        (sql) => sql`
          SELECT FROM sluice_files
          WHERE name = ${name} AND token = ${token} AND (closed_at IS NOT NULL OR gone_at IS NOT NULL OR NOT ${gone})`,
      );
      return (rows?.length ?? 0) > 0;
    };
    const writer = new SourceWriter(this.#folders.source, this.#folder.in('beside'), this.#written);
    return new Load(writer, {
      seed: this.#o.seed,
      files: this.#o.files,
      rows: this.#o.rows,
      isRegistered: (version) => found(version, false),
      isGone: (version) => found(version, true),
    });
  }

  /** Waits until no work is left. The lab does not help: the apps must recover from the faults by themselves. */
  async #drain(servers: Servers, folders: Folders): Promise<number | undefined> {
    this.#o.say('no more faults: waiting until all is drained');
    const began = performance.now();
    this.#findings.checked('drained');
    const within = this.#o.drainedWithin ?? DRAINED_WITHIN_S;
    for (;;) {
      const seconds = (performance.now() - began) / 1000;
      if (sourceIsEmpty(folders) && (await this.#isAtRest(servers))) return seconds;
      if (seconds > within) break;
      this.#o.stopping.throwIfAborted();
      await delay(500);
    }
    this.#findings.breach('drained', `not after ${within} s`);
    return undefined;
  }

  async #isAtRest(servers: Servers): Promise<boolean> {
    const { staging, jobs } = await servers.askRedis((redis) => leftovers(redis, PREFIX));
    if (staging.length + jobs.length > 0) return false;
    if (!(await servers.ask((sql) => this.#feeds.areComplete(sql)))) return false;
    const files = (await servers.ask(readFiles)) ?? [];
    const closed = new Set(files.filter((file) => file.closed).map(({ name, token }) => `${token}|${name}`));
    return (
      files.every((file) => file.closed || file.gone) &&
      this.#written.lasting.every(({ name, token }) => closed.has(`${token}|${name}`))
    );
  }

  async #judge(servers: Servers, folders: Folders, fleet: Fleet): Promise<void> {
    this.#o.say(`judging ${this.#written.versions.length} file versions`);
    await servers.ask((sql) => judgeRows(sql, this.#written, this.#findings));
    await servers.ask((sql) => this.#feeds.judge(sql, this.#findings));
    const proof = await servers.ask((sql) => verify(sql));
    const [wrong] = proof?.problems ?? [];
    this.#findings.expect(
      'verify',
      proof !== undefined && wrong === undefined,
      () => `${wrong?.problem}: ${wrong?.detail}`,
    );
    judgePlaces(folders, this.#written, this.#feeds.names, this.#findings);
    this.#feeds.judgePlaces(folders.archive, this.#findings);
    judgeLeftovers(await servers.askRedis((redis) => leftovers(redis, PREFIX)), this.#findings);
    this.#findings.checked('apps');
    for (const app of fleet.endedByThemselves) this.#findings.breach('apps', app);
    if (!this.#o.faults.includes('kill') || this.#o.kills < ALL_POINTS_FROM) return;
    for (const point of PASSED_POINTS)
      this.#findings.expect('points', fleet.hits.has(point), () => `nobody died at ${point}`);
  }

  async #takeOver(servers: Servers): Promise<number | undefined> {
    if (!this.#o.takeOver) return undefined;
    this.#o.say('measuring how long default settings take to notice a crashed worker');
    const { preload = [], stopping } = this.#o;
    const seconds = await takeOver(servers, this.#folder, { preload, stopping });
    const inTime = seconds !== undefined && seconds <= PICKED_UP_WITHIN_S;
    this.#findings.expect('takeover', inTime, () => `after ${seconds?.toFixed(1) ?? 'more than 180'} s`);
    return seconds;
  }
}
