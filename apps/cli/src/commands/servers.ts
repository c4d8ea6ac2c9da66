import { connectPostgres } from '@sluice/ledger';
import { type Config, hideSecrets } from '@sluice/process';
import type { Command } from 'commander';
import { untilAborted } from '../once.ts';
import { usersLeft } from '../other-users.ts';
import { stylist } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { warn } from '../say.ts';
import { bringUpServers } from '../servers-in-use.ts';

/** Adds `servers`, which runs only the embedded servers. */
export function addServers(program: Command): void {
  program
    .command('servers')
    .description('Run the embedded PostgreSQL and Redis alone, until Ctrl-C.')
    .addHelpText(
      'after',
      `
The other apps of this folder find them by themselves. Where another process runs them already, its
addresses are shown and this command ends.

Examples:
  npm run sluice -- servers             then, in other terminals:
  npm run sluice -- migrate
  npm run watcher
  npm run worker`,
    )
    .action(() => runCommand('servers', ({ config, stopping }) => serve(config, stopping)));
}

async function serve(config: Config, stopping: AbortSignal): Promise<0> {
  const style = stylist(process.stdout);
  const tell = (message: string) => warn(message);
  const own = { ...config, databaseUrl: undefined, redisUrl: undefined };
  const servers = await bringUpServers(own, tell);
  process.stdout.write(
    `${style('dim', 'PostgreSQL')}  ${hideSecrets(servers.databaseUrl)}\n` +
      `${style('dim', 'Redis')}       ${hideSecrets(servers.redisUrl)}\n`,
  );
  for (const [name, value] of [
    ['DATABASE_URL', config.databaseUrl],
    ['REDIS_URL', config.redisUrl],
  ]) {
    if (value !== undefined) tell(`note: ${name} is set, so the apps use that server instead`);
  }
  if (servers.postgres !== 'embedded') return 0;
  tell(
    'The apps of this folder find them by themselves (passwords: servers/state.json in DATA_DIR). Ctrl-C stops them.',
  );
  await untilAborted(stopping);
  const sql = connectPostgres(servers.databaseUrl, 'servers', config);
  const users = await usersLeft(sql);
  await sql.end({ timeout: 1 });
  if (users !== '') tell(users);
  tell('stopping PostgreSQL and Redis');
  await servers.stop();
  return 0;
}
