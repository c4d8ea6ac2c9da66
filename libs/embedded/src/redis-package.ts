import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProgram } from './run-program.ts';
import type { Launcher } from './server-process.ts';

const PACKAGES = ['redis-server', 'redis-tools'];

/** A program unpacked from packages, with the libraries that came with it. */
export interface UnpackedProgram {
  readonly program: string;
  readonly launcher: Launcher;
}

/** Settings that make apt work in a separate folder, without root, the system's locks or the system's hooks. */
function aptSettings(work: string): string {
  const lists = join(work, 'lists');
  const cache = join(work, 'cache');
  mkdirSync(join(lists, 'partial'), { recursive: true });
  mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
  return [
    `Dir::State::lists "${lists}";`,
    `Dir::Cache "${cache}";`,
    'Debug::NoLocking "true";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    // When root starts it, apt would download as its own user, who may not enter the folder.
    'APT::Sandbox::User "root";',
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
  ].join('\n');
}

/** Downloads the distribution's packages and their missing dependencies, and unpacks them into `<work>/root`. */
async function download(work: string): Promise<string> {
  const settings = join(work, 'apt.conf');
  writeFileSync(settings, `${aptSettings(work)}\n`);
  // The update may fail for a package source that is not needed, so only the download of the packages is checked.
  const update = await runProgram('apt-get', ['-c', settings, 'update']);
  const fetched = await runProgram('apt-get', [
    ...['-c', settings, '-y', '--no-install-recommends', '--download-only', '--reinstall', 'install'],
    ...PACKAGES,
  ]);
  if (!fetched.ok) throw new Error(`${update.output}\n${fetched.output}`);
  const root = join(work, 'root');
  const archives = join(work, 'cache', 'archives');
  for (const archive of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    const done = await runProgram('dpkg', ['-x', join(archives, archive), root]);
    if (!done.ok) throw new Error(done.output);
  }
  return root;
}

/** The program in the packages unpacked below `root`. */
export function unpackedRedis(root: string): UnpackedProgram {
  const libraries = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.so(\.|$)/.test(path))
    .map((path) => dirname(join(root, path)));
  return {
    program: join(root, 'usr', 'bin', 'redis-server'),
    launcher: { prefix: [], libraryPath: [...new Set(libraries)].join(':') },
  };
}

/**
 * Downloads the distribution's Redis (about 6 MB) into `root`, without root rights and without installing anything.
 * Concurrent callers each download a copy, and the first copy stays.
 * @throws Error with the output of apt-get or dpkg
 */
export async function fetchRedis(root: string): Promise<void> {
  mkdirSync(dirname(root), { recursive: true });
  const work = mkdtempSync(`${root}.`);
  try {
    const fetched = await download(work);
    try {
      renameSync(fetched, root);
    } catch (error) {
      if (!existsSync(root)) throw error; // Otherwise another process was first.
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
