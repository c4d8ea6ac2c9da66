import { findInstalledPostgres } from '@sluice/embedded';
import { type App, ErrorWithHint, loadConfig } from '@sluice/process';
import { findBugs } from './find-bugs.ts';
import { runLab } from './lab.ts';
import { LabFolder } from './lab-folder.ts';
import { failEachCall } from './nth-call.ts';
import type { ChaosOptions } from './options.ts';
import { PLANTED_BUGS, type PlantedBugName } from './planted-bugs.ts';
import { aligned, asJson, asTable } from './report.ts';
import { type DrillOptions, drill } from './restore/drill.ts';
import { drillTable } from './restore/report.ts';
import { Servers } from './servers.ts';

/** Runs the lab once with a seeded plan. */
export async function runChaos(
  { log, stopping }: App,
  options: ChaosOptions & { takeOver: boolean },
  json: boolean,
): Promise<0 | 1> {
  log.info({ seed: options.seed }, 'the seed gives the plan');
  const verdict = await runLab({ ...options, say: (message) => log.info(message), stopping });
  process.stdout.write(json ? asJson(verdict) : asTable(verdict));
  return verdict.held ? 0 : 1;
}

/** Tests the lab itself with planted bugs. Resolves with 1 if the lab misses one. */
export async function runBugs(
  { log, stopping }: App,
  given: readonly string[],
  seed: number,
): Promise<0 | 1> {
  const known = Object.keys(PLANTED_BUGS) as PlantedBugName[];
  const unknown = given.find((name) => !known.some((one) => one === name));
  if (unknown !== undefined) throw new Error(`no bug is called ${unknown}: there are ${known.join(', ')}`);
  const names = known.filter((name) => given.length === 0 || given.includes(name));
  const rows = [['planted bug', 'found by', 'seconds', 'what it is']];
  let overlooked = 0;
  for await (const { name, about, brokenBy, took } of findBugs(names, {
    ...{ seed, stopping, say: (message) => log.info(message) },
  })) {
    if (brokenBy.length === 0) overlooked += 1;
    rows.push([name, brokenBy.join(', ') || 'NOTHING', took.toFixed(0), about]);
  }
  process.stdout.write(
    `\n${aligned(rows)}\n\n${names.length - overlooked} of ${names.length} found (seed ${seed})\n`,
  );
  return overlooked === 0 ? 0 : 1;
}

/** Makes each call to a server fail once as a request and once as a reply. Resolves with 1 if the result is not exact. */
export async function runCalls({ stopping }: App): Promise<0 | 1> {
  const folder = new LabFolder();
  const [postgresFolder, redisFolder] = [folder.in('postgres'), folder.in('redis')];
  const servers = await Servers.start({ postgresFolder, redisFolder, proxied: false });
  try {
    const { postgres, redis } = servers.urls;
    const env = { DATABASE_URL: postgres, REDIS_URL: redis, DATA_DIR: folder.path };
    const config = loadConfig({
      env: { ...env, STABLE_FOR: '0ms', CHUNK_ROWS: '2', CLEAN_SOURCE: 'archive' },
    });
    const rows = [['call', 'fails', 'what fails', 'afterwards']];
    let breaches = 0;
    for await (const run of failEachCall(config)) {
      stopping.throwIfAborted();
      if (run.breaches.length > 0) breaches += 1;
      rows.push([String(run.nth), `its ${run.at}`, run.call, run.breaches.join('; ') || 'exact']);
    }
    process.stdout.write(`\n${aligned(rows)}\n\n${rows.length - 1} passages, ${breaches} with a breach\n`);
    return breaches === 0 ? 0 : 1;
  } finally {
    await servers.stop();
    await folder.close({ keep: false });
  }
}

/** Drills a restore. Resolves with 1 if something is missing or wrong afterwards. */
export async function runRestore({ log, stopping }: App, options: DrillOptions): Promise<0 | 1> {
  const program = await findInstalledPostgres();
  if (program === undefined) {
    throw new ErrorWithHint(
      'SKIPPED: no PostgreSQL with pg_dump and pg_restore is in /usr/lib/postgresql',
      'install one: apt-get install postgresql',
    );
  }
  const verdict = await drill({ ...options, program, say: (message) => log.info(message), stopping });
  process.stdout.write(drillTable(verdict));
  return verdict.held ? 0 : 1;
}
