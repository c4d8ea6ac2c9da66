import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tempFolder, testDatabase, testLedger, testRedis, waitFor } from '@sluice/testkit';
import { onTestFinished } from 'vitest';

const main = new URL('../src/main.ts', import.meta.url).pathname;

/** A run of the real command line. */
export interface Run {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Waits until it has written that. */
  says(text: string | RegExp): Promise<RegExpExecArray>;
}

/** Where the servers and the folder of a test are. */
export type Place = Readonly<Record<string, string>>;

/** A place with servers of the test run, an empty database and a prefix of its own. */
export const emptyServers = async (): Promise<Place> => placeOf(await testDatabase());

/** The same, with a database that is migrated already. */
export const sharedServers = async (): Promise<Place> => placeOf(await testLedger());

function placeOf(database: Awaited<ReturnType<typeof testDatabase>>): Place {
  onTestFinished(() => database.drop());
  const { url, prefix } = testRedis();
  return { DATABASE_URL: database.url, REDIS_URL: url, REDIS_PREFIX: prefix, DATA_DIR: tempFolder() };
}

/** A place without servers: `start` brings its own. */
export function ownServers(): Place {
  return { DATA_DIR: tempFolder() };
}

/** Runs `sluice` with these arguments. It is killed at the end of the test. */
export function sluice(place: Place, ...args: string[]): Run {
  // Nothing of the developer's environment, such as a DATABASE_URL, may reach a test.
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, STABLE_FOR: '100ms', FLUSH_INTERVAL: '1s', ...place };
  const child = spawn(process.execPath, [main, ...args], {
    cwd: place.DATA_DIR,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const says = (text: string | RegExp) =>
    waitFor(() => new RegExp(text).exec(out + err), { what: `${text} in\n${out}${err}` });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return { process: child, stdout: () => out, stderr: () => err, ended, says };
}

/** Those processes of the machine that were started for this place, by program. */
export function processesOf(place: Place, program: RegExp): number[] {
  return processIds().filter((pid) => {
    const environment = read(`/proc/${pid}/environ`).split('\0');
    return environment.includes(`DATA_DIR=${place.DATA_DIR}`) && program.test(read(`/proc/${pid}/cmdline`));
  });
}

/** Whether a process runs, and is no zombie. */
export function isAlive(pid: number): boolean {
  const state = /^State:\s+(\w)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return state !== undefined && state !== 'Z';
}

function processIds(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid && isAlive(pid));
}

/** '' for a process that has ended meanwhile or is somebody else's. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
