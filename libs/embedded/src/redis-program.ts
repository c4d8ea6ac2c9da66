import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readIfPresent } from '@sluice/process';
import { fetchRedis, unpackedRedis } from './redis-package.ts';
import { runProgram } from './run-program.ts';
import type { Launcher } from './server-process.ts';
import { ServerStartError } from './start-failure.ts';

/** A Redis (or Valkey) server program of this system. */
export interface RedisProgram {
  readonly program: string;
  readonly launcher: Launcher;
  /** Such as `7.0.15`. */
  readonly version: string;
  /** `redis` or `valkey`. Neither can read newer files of the other. */
  readonly product: string;
}

function failure(where: string, why: string, output: string): ServerStartError {
  const remedy = installCommand();
  return new ServerStartError({ server: 'Redis', where, why, output, remedy, variable: 'REDIS_URL' });
}

function systemName(field: string): string {
  const line = new RegExp(`^${field}="?([^"\\n]*)"?$`, 'm').exec(readIfPresent('/etc/os-release') ?? '');
  return line?.[1] ?? '';
}

/** The one command that installs a server on this system. */
function installCommand(): string {
  const family = `${systemName('ID')} ${systemName('ID_LIKE')}`;
  const commands: readonly [RegExp, string][] = [
    [/debian|ubuntu/, 'apt-get install redis-server'],
    [/fedora|rhel|centos/, 'dnf install valkey'],
    [/alpine/, 'apk add valkey'],
    [/arch/, 'pacman -S valkey'],
    [/suse/, 'zypper install valkey'],
  ];
  const known = commands.find(([pattern]) => pattern.test(family))?.[1];
  if (!known) return 'install Redis or Valkey with the package manager of your system';
  return `run "${process.getuid?.() === 0 ? '' : 'sudo '}${known}"`;
}

async function tryProgram(program: string, launcher: Launcher): Promise<RedisProgram | undefined> {
  const { ok, output } = await runProgram(program, ['--version'], { launcher });
  const found = /(redis|valkey) server v=(\S+)/i.exec(output);
  if (!ok || !found?.[1] || !found[2]) return undefined;
  return { program, launcher, version: found[2], product: found[1].toLowerCase() };
}

/** Where the project keeps its downloads. Git ignores this folder. */
const PROJECT_CACHE = join(import.meta.dirname, '..', '..', '..', '.cache');

/**
 * The system's `valkey-server` or `redis-server` if there is one; else, on Debian and Ubuntu, the distribution's own
 * package, downloaded once into `<cacheDir>/redis`.
 * @throws ServerStartError with the command that installs a server on this system
 */
export async function findRedis(o: {
  cacheDir?: string | undefined;
  say: (message: string) => void;
}): Promise<RedisProgram> {
  for (const program of ['valkey-server', 'redis-server']) {
    const found = await tryProgram(program, { prefix: [] });
    if (found) return found;
  }
  const system = `${systemName('ID')}-${systemName('VERSION_ID')}-${process.arch}`;
  const root = join(o.cacheDir ?? PROJECT_CACHE, 'redis', system);
  if (existsSync(root)) {
    const { program, launcher } = unpackedRedis(root);
    const cached = await tryProgram(program, launcher);
    if (cached) return cached;
    // The package was downloaded for earlier libraries of the system, so the current one is downloaded instead.
    rmSync(root, { recursive: true, force: true });
  }
  const hasApt =
    (await runProgram('apt-get', ['--version'])).ok && (await runProgram('dpkg', ['--version'])).ok;
  if (!hasApt) throw failure('the PATH', 'was not found', '');
  o.say(`Redis is not installed: fetching the package of this system into ${root}`);
  try {
    await fetchRedis(root);
  } catch (error) {
    throw failure(root, 'could not be fetched', String(error));
  }
  const { program, launcher } = unpackedRedis(root);
  const fetched = await tryProgram(program, launcher);
  if (fetched) return fetched;
  const { output } = await runProgram(program, ['--version'], { launcher });
  throw failure(root, 'was fetched but does not run', output);
}
