import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { ledgerFeeds } from '@sluice/ledger';
import { closeStores, judgeHealth } from '@sluice/pipeline';
import { type Config, codeOf, ErrorWithHint, hideSecrets, loadConfig, version } from '@sluice/process';
import { configJson } from './config-page.ts';
import { answerOf, reachLedger } from './connect.ts';
import { examine } from './doctor.ts';
import { explain } from './explain.ts';
import { reachStores } from './reach-stores.ts';
import { readStatus } from './status.ts';
import { statusJson } from './status-page.ts';

/** A file of the archive. */
interface Part {
  readonly name: string;
  readonly text: string;
}

const WITHIN_MS = 30_000;
/** As much of the end of each log as is taken, and how many of the newest logs. */
const LOG_BYTES = 4 * 1024 ** 2;
const LOGS = 20;

/** What the archive holds. What cannot be asked is told in its place, because help is needed most where something is away. */
export async function collect(config: Config): Promise<Part[]> {
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  return [
    await part('about.json', () => json(about())),
    // As the apps load it, because commands use a different log level.
    await part('config.json', () => configJson(loadConfig({}))),
    await part('doctor.json', async () => json(await examine(config))),
    await part('status.json', async () => await status(config)),
    await part('feeds.json', async () => json(await feeds(config))),
    ...logs(config),
  ];
}

async function part(name: string, text: () => string | Promise<string>): Promise<Part> {
  try {
    return { name, text: hideSecrets(`${await text()}\n`) };
  } catch (error) {
    return { name, text: `${explain(error)}\n` };
  }
}

function about(): object {
  const { platform, arch, versions } = process;
  const [cpu] = cpus();
  return {
    ...{ sluice: version, at: new Date().toISOString(), node: versions.node, openssl: versions.openssl },
    ...{ platform, arch, release: release(), cores: cpus().length, cpu: cpu?.model, memory: totalmem() },
  };
}

/** The status with its fleet. The types of events are values of rows, so they are left out. */
async function status(config: Config): Promise<string> {
  const stores = await reachStores('support', config);
  try {
    const found = await answerOf(config.databaseUrl ?? 'the embedded server', readStatus(stores), WITHIN_MS);
    return statusJson({ ...found, byEventType: [] }, judgeHealth(found));
  } finally {
    await closeStores(stores);
  }
}

async function feeds(config: Config): Promise<object[]> {
  const { sql, url } = await reachLedger('support', config);
  try {
    return await answerOf(url, ledgerFeeds(sql));
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function logs({ logDir }: Config): Part[] {
  const none = (why: string): Part[] => [{ name: 'no-logs.txt', text: `${why}\n` }];
  if (logDir === undefined) return none('LOG_DIR is not set, so there are no log files.');
  try {
    const names = readdirSync(logDir).filter((name) => name.endsWith('.log'));
    if (names.length === 0) return none(`There are no log files in ${logDir}.`);
    return names
      .sort()
      .slice(-LOGS)
      .map((name) => ({ name: `log-${name}`, text: hideSecrets(endOf(join(logDir, name))) }));
  } catch (error) {
    return none(`${logDir} cannot be read (${codeOf(error)}).`);
  }
}

function endOf(file: string): string {
  const bytes = readFileSync(file);
  if (bytes.length <= LOG_BYTES) return bytes.toString('utf8');
  const end = bytes.subarray(-LOG_BYTES);
  return end.subarray(end.indexOf('\n') + 1).toString('utf8');
}

/** Writes the parts as a tar.gz that only this user can read, by the tar of the system. It never overwrites a file. */
export function writeArchive(file: string, parts: readonly Part[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-support-'));
  try {
    for (const { name, text } of parts) writeFileSync(join(folder, name), text, { mode: 0o600 });
    const archive = openNew(file);
    try {
      const names = readdirSync(folder);
      const { error, status, stderr } = spawnSync('tar', ['-cz', '-C', folder, ...names], {
        stdio: ['ignore', archive, 'pipe'],
      });
      if (error === undefined && status === 0) return;
      rmSync(file, { force: true });
      throw new ErrorWithHint(
        `the archive ${file} could not be written: ${error === undefined ? String(stderr).trim() : codeOf(error)}`,
        'see that tar and gzip are installed and that there is space, or name another place with --out',
      );
    } finally {
      closeSync(archive);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const why = codeOf(error) === 'EEXIST' ? 'it is there already' : codeOf(error);
    throw new ErrorWithHint(`the archive ${file} cannot be made: ${why}`, 'name another one with --out', {
      cause: error,
    });
  }
}
