import { spawnSync } from 'node:child_process';
import { type Config, codeOf, ErrorWithHint } from '@sluice/process';
import type { Command } from 'commander';
import { shellWord } from '../printable.ts';
import { psqlCall } from '../psql-call.ts';
import { runCommand } from '../run-command.ts';

/** Adds `psql`, which opens a session with the database of the settings. */
export function addPsql(program: Command): void {
  program
    .command('psql')
    .argument('[args...]', 'what psql gets as well, such as -c "SELECT 1"')
    .description('Open a session of psql with the database of these settings, which only reads.')
    .option('--write', 'one that may write, as the user of DATABASE_URL')
    .allowUnknownOption()
    .addHelpText(
      'after',
      `
Reads as the user of DATABASE_READ_URL, or as that of DATABASE_URL in transactions that only read. psql gets the password by its environment. Where there is no psql, the address and the package are shown.

Exit codes: those of psql, 2 where it cannot run.

Examples:
  npm run sluice -- psql
  npm run --silent sluice -- psql -c "SELECT count(*) FROM events" --csv`,
    )
    .action((args: string[], { write = false }: { write?: boolean }) =>
      runCommand('psql', async ({ config }) => session(config, args, write)),
    );
}

function session(config: Config, args: readonly string[], write: boolean): 0 | 1 | 2 | 3 {
  const { address, env } = psqlCall(config, { write });
  // It is waited for without a turn of this process, so that Ctrl-C is for psql alone.
  const { error, status } = spawnSync('psql', [...args, '--dbname', address], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (error !== undefined) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new ErrorWithHint(
      `there is no psql here; the address is ${shellWord(address)}`,
      'install it (Debian and Ubuntu: apt install postgresql-client, Fedora: dnf install postgresql, macOS: brew install libpq), or give that address to another client; the password is where DATABASE_URL has it, or in servers/state.json of DATA_DIR',
    );
  }
  return status === 0 || status === 1 || status === 3 ? status : 2;
}
