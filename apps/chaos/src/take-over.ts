import { setTimeout as delay } from 'node:timers/promises';
import { connectPostgres, migrate } from '@sluice/ledger';
import { AppProcess } from './app-process.ts';
import type { LabFolder } from './lab-folder.ts';
import { leftovers } from './leftovers.ts';
import { Rows } from './rows.ts';
import type { Servers } from './servers.ts';
import { contentOf, SourceWriter } from './source-writer.ts';
import { Written } from './written.ts';

const FILES = 100;
const PREFIX = '{take-over}';
const LOOK_EVERY_MS = 100;
const GIVE_UP_MS = 180_000;
/** A process needs about this long from its start until it looks for the jobs of others. */
const START_MS = 4_000;

/**
 * Measures how many seconds it takes, at default settings, until another worker has done the jobs of a crashed one. The
 * crash comes at a bad moment: the worker has just looked for such jobs itself, and the other worker looks just before the
 * next look is due.
 */
export async function takeOver(
  servers: Servers,
  folder: LabFolder,
  { preload, stopping }: { preload: readonly string[]; stopping: AbortSignal },
): Promise<number | undefined> {
  const source = folder.in('take-over', 'input_data');
  const files = new SourceWriter(source, folder.in('take-over', 'beside'), new Written());
  const rows = new Rows({ seed: 1, rows: { min: 20, max: 20 }, duplicates: 0, malformed: 0 });
  const databaseUrl = await newDatabase(servers, 'take_over');
  const env = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: servers.urls.redis,
    REDIS_PREFIX: PREFIX,
    DATA_DIR: folder.in('take-over'),
  };
  const start = (role: 'watcher' | 'worker', name: string) =>
    new AppProcess({
      role,
      env,
      preload,
      folder: folder.path,
      logFile: `${folder.in('logs')}/take-over-${name}.log`,
    });
  const until = async (condition: () => Promise<boolean>): Promise<boolean> => {
    const deadline = performance.now() + GIVE_UP_MS;
    while (!(await condition())) {
      if (stopping.aborted || performance.now() > deadline) return false;
      await delay(LOOK_EVERY_MS);
    }
    return true;
  };
  const untilNextLook = () => servers.askRedis((redis) => redis.pttl(`${PREFIX}:parse:stalled-check`));

  const apps = [start('watcher', 'watcher'), start('worker', 'crashed')];
  try {
    const [, crashed] = apps;
    await until(async () => (await untilNextLook()) > 0);
    await until(async () => (await untilNextLook()) < START_MS);
    apps.push(start('worker', 'other'));
    await delay(START_MS / 2);
    for (let before = await untilNextLook(), now = before; now <= before; now = await untilNextLook()) {
      before = now;
      await delay(LOOK_EVERY_MS);
    }
    crashed?.obey({ kill: { point: 'parse:staged', nth: 1 }, clockBack: 0 });
    for (let i = 0; i < FILES; i += 1)
      files.drop(`file_${i}.csv`, contentOf('.csv', rows.nextFile()), { old: true });
    if (!(await until(async () => crashed?.isAlive === false))) return undefined;
    const diedAt = performance.now();
    const done = await until(async () => {
      const { jobs } = await servers.askRedis((redis) => leftovers(redis, PREFIX));
      return !jobs.some((left) => left.startsWith('parse'));
    });
    return done ? (performance.now() - diedAt) / 1000 : undefined;
  } finally {
    await Promise.all(apps.map((app) => app.stop()));
  }
}

async function newDatabase(servers: Servers, name: string): Promise<string> {
  await servers.ask((sql) => sql`CREATE DATABASE ${sql(name)}`);
  const url = new URL(servers.urls.postgres);
  url.pathname = `/${name}`;
  const sql = connectPostgres(url.href, 'chaos');
  await migrate(sql);
  await sql.end();
  return url.href;
}
