import { setTimeout as delay } from 'node:timers/promises';
import { dashboardAddress, makeLink, readDoor } from '@sluice/access';
import { isFreePort } from '@sluice/embedded';
import { readFeeds } from '@sluice/feeds';
import { checkFit, connectPostgres, migrate, postgresVersion } from '@sluice/ledger';
import { closeStores, type FeedStores, openStores, reportRun } from '@sluice/pipeline';
import {
  type App,
  type Config,
  createLogger,
  ErrorWithHint,
  messageOf,
  ownerAddress,
  version,
} from '@sluice/process';
import { type BannerFacts, banner, shownFolder } from './banner.ts';
import { childOutput } from './child-output.ts';
import { answerOf } from './connect.ts';
import { makeDemo } from './demo.ts';
import { Fleet, type FleetPlan } from './fleet.ts';
import { loadAll, report, untilAborted, whyStuck } from './once.ts';
import { refuseSecondStart, usersLeft } from './other-users.ts';
import { counted, grouped } from './printable.ts';
import { showProgress } from './progress.ts';
import { reachRedis } from './reach-stores.ts';
import { attentionText } from './run-lines.ts';
import type { Screen } from './screen.ts';
import { bringUpServers, type ServersInUse } from './servers-in-use.ts';
import { type Snapshot, snapshot } from './summary.ts';
import { tellHealth } from './tell-health.ts';

export interface SessionOptions extends Omit<FleetPlan, 'dashboardPort'> {
  /** Whether to end when all files are loaded and the proof is done. */
  readonly once: boolean;
  /** The generator does not run, because the database is external and nobody asked for it. */
  readonly generatorLeftOut: boolean;
  readonly verbose: boolean;
  readonly dashboard: boolean;
  /** Whether the feed of the demo is brought into use first. */
  readonly demo: boolean;
}

/** Migrations may build an index on a large table. */
const MIGRATE_WITHIN_MS = 60_000;
const CLOSE_WITHIN_MS = 2_000;
const DASHBOARD_PORTS = 100;
const NO_DASHBOARD = { dashboard: '', dashboardHint: '' } as const;

/** Runs `npm start`, from the start of the servers to their end. Resolves with the exit code. */
export async function runSession(o: SessionOptions, app: App, screen: Screen): Promise<0 | 1 | 2> {
  const { stopping } = app;
  refuseSecondStart(app.config);
  let servers: ServersInUse;
  try {
    servers = await bringUpServers(app.config, (message) => screen.say(screen.style('dim', message)));
  } catch (error) {
    if (!stopping.aborted) throw error;
    screen.say('Stopped while the servers were starting.');
    return 0;
  }
  try {
    if (stopping.aborted) return 0;
    const { databaseUrl, redisUrl } = servers;
    const config = { ...app.config, databaseUrl, redisUrl };
    const stores = openStores('start', config, createLogger('start', 'silent', 2), 'wait');
    await bringUpToDate(config);
    await reachRedis(stores, redisUrl);
    await ensureFolder(stores);
    if (o.demo) await makeDemo(config, stores.sql, screen);
    await refuseTables(config, stores);
    const before = await snapshot(stores.sql);
    const plan = { ...o, dashboardPort: o.dashboard ? await dashboardPort(config) : undefined };
    screen.say(await describe(plan, config, servers, stores, before, screen));
    const code = await runFleet(plan, stores, before, stopping, screen);
    const told = servers.postgres === 'embedded' ? await usersLeft(stores.sql) : '';
    if (told !== '') screen.warn(told);
    await Promise.race([closeStores(stores), delay(CLOSE_WITHIN_MS)]);
    return code;
  } finally {
    await servers.stop();
    const own = [servers.postgres === 'embedded' && 'PostgreSQL', servers.redis === 'embedded' && 'Redis'];
    const named = own.filter(Boolean).join(' and ');
    if (named !== '') screen.say(screen.style('dim', `stopped ${named}`));
  }
}

/** Migrates the schema as the role that owns the tables. */
async function bringUpToDate(config: Config): Promise<void> {
  const url = ownerAddress(config);
  const owner = connectPostgres(url, 'migrate', config);
  try {
    await answerOf(url, migrate(owner), MIGRATE_WITHIN_MS);
  } finally {
    await owner.end({ timeout: 1 });
  }
}

/**
 * Where no feed can fill its table, there is nothing to start for. One among others is told of by the processes, which would
 * end again and again at a folder of feeds that cannot be read.
 */
async function refuseTables(config: Config, { sql }: FeedStores): Promise<void> {
  const { declarations } = await readFeeds(config);
  const why: ErrorWithHint[] = [];
  for (const { load } of declarations) {
    const misfit = (await checkFit(sql, load.contract)).find(({ severity }) => severity === 'refused');
    if (misfit === undefined) return;
    why.push(new ErrorWithHint(`no row can be loaded: ${misfit.text}`, misfit.hint));
  }
  if (why[0] !== undefined) throw why[0];
}

async function ensureFolder({ feed }: FeedStores): Promise<void> {
  try {
    await feed.source.ensure();
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ErrorWithHint(
      `the source folder ${shownFolder(feed.source.path)} cannot be made (${why})`,
      'check what is there and whose it is, or name another folder with SOURCE_DIR or --out',
    );
  }
}

type Plan = SessionOptions & FleetPlan;

/** The configured port, or the next one that is free. */
async function dashboardPort({ dashboardHost: host, dashboardPort: first }: Config): Promise<number> {
  for (let port = first; port < first + DASHBOARD_PORTS && port < 65_536; port += 1) {
    if (await isFreePort(port, host)) return port;
  }
  throw new ErrorWithHint(
    `no port of ${host} is free for the dashboard, from ${first} on`,
    'set DASHBOARD_PORT to a free one, or start with --no-dashboard',
  );
}

async function runFleet(
  o: Plan,
  stores: FeedStores,
  before: Snapshot,
  stopping: AbortSignal,
  screen: Screen,
): Promise<0 | 1 | 2> {
  const note = (text: string): void => screen.say(screen.style('dim', text));
  const broken = new AbortController();
  const ending = AbortSignal.any([stopping, broken.signal]);
  const fleet = new Fleet(o, environment(stores.config), {
    line: childOutput(screen, o.verbose),
    note,
    cannotStart: (name) => broken.abort(name),
  });
  // However this process ends, even by a second Ctrl-C, its children must not keep running.
  process.once('exit', () => fleet.kill());
  const began = performance.now();
  const shown = new AbortController();
  const hidden = AbortSignal.any([ending, shown.signal]);
  const progress = Promise.all([
    showProgress(stores, before.totals, screen, hidden),
    // A run of --once tells at its end what needs attention.
    o.once ? undefined : tellHealth(stores, screen, hidden),
  ]);
  try {
    fleet.start();
    const outcome = o.once ? await loadAll(fleet, stores, ending) : await untilAborted(ending);
    const seconds = (performance.now() - began) / 1000;
    shown.abort();
    await Promise.race([progress, delay(CLOSE_WITHIN_MS)]);
    if (broken.signal.aborted) screen.warn(`${broken.signal.reason} cannot run, as it says above: stopping`);
    else if (stopping.aborted) screen.say(farewell(screen));
    if (outcome === 'stuck') {
      const attention = attentionText(await reportRun(stores, before.start));
      screen.warn([await whyStuck(stores), attention].filter(Boolean).join('\n'));
    }
    await fleet.stop(o.once ? undefined : note);
    if (broken.signal.aborted) return 2;
    if (outcome === 'stopped')
      screen.warn('Stopped before all was loaded: the next start goes on from there.');
    return outcome === 'drained' ? await report(before, seconds, stores, screen) : outcome ? 1 : 0;
  } finally {
    shown.abort();
    await fleet.stop();
  }
}

/**
 * Tells the children where the servers that this process brings are. Not by arguments, because any user of the machine can read those.
 * Configured servers they find as this process did, so that they read the file of a password again when it has changed.
 */
function environment({ databaseUrl, redisUrl, sourceDir, dataDir, origins }: Config): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // The embedded server does not support TLS, whatever PGSSLMODE asks for.
    ...(origins.databaseUrl === 'default' && { DATABASE_URL: `${databaseUrl}?sslmode=disable` }),
    ...(origins.redisUrl === 'default' && { REDIS_URL: redisUrl }),
    SOURCE_DIR: sourceDir,
    DATA_DIR: dataDir,
  };
}

function farewell({ style }: Screen): string {
  return [
    `${style('bold', 'Stopping:')} no more files are taken in; work in hand is finished or returned.`,
    'Ctrl-C again quits at once.',
  ].join('\n');
}

async function describe(
  o: Plan,
  config: Config,
  servers: ServersInUse,
  { sql, redis }: FeedStores,
  { totals, feeds }: Snapshot,
  screen: Screen,
): Promise<string> {
  const [postgres, { version: redisVersion }] = await Promise.all([postgresVersion(sql), redis.state()]);
  return banner(
    {
      version,
      postgres: {
        version: postgres.split(' ')[0] ?? postgres,
        keeper: servers.postgres,
        url: servers.databaseUrl,
      },
      redis: { version: redisVersion, keeper: servers.redis, url: servers.redisUrl },
      sourceDir: config.sourceDir,
      feeds: feeds.map(({ feed }) => feed),
      running: `${generatorText(o.generated)}watcher, ${counted(o.workers, 'worker')}`,
      generatorLeftOut: o.generatorLeftOut,
      ledger: `${grouped(totals.inserted)} rows of ${counted(totals.closed, 'file')} so far`,
      ...(o.dashboardPort === undefined ? NO_DASHBOARD : wayIn(config, o.dashboardPort)),
      waiting: totals.open > 0 ? `${counted(totals.open, 'file')} still to load` : '',
      endless: !o.once,
    },
    screen,
  );
}

function generatorText(feeds: readonly string[]): string {
  if (feeds.length === 0) return '';
  return feeds.length === 1 ? 'generator, ' : `generators of ${feeds.join(' and ')}, `;
}

/** A link that logs in is shown only on a terminal, because other people may be able to read any other output. */
function wayIn(config: Config, port: number): Pick<BannerFacts, 'dashboard' | 'dashboardHint'> {
  const address = dashboardAddress({ ...config, dashboardPort: port });
  const plain = (dashboardHint: string) => ({ dashboard: address, dashboardHint });
  const door = readDoor(config);
  if (door.kind === 'shut') return plain(`nobody can log in: ${door.why.shown} (npm run sluice -- doctor)`);
  if (door.kind === 'users') return plain('log in with name and password');
  if (process.stdout.isTTY !== true)
    return plain('npm run sluice -- dashboard-url prints a link that logs in');
  try {
    const dashboard = makeLink(config, address);
    return { dashboard, dashboardHint: 'this link logs in once; dashboard-url makes a new one' };
  } catch (error) {
    return plain(`no link can be made: ${messageOf(error)}`);
  }
}
