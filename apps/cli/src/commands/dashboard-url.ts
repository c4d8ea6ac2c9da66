import { makeLink, readDoor } from '@sluice/access';
import { ErrorWithHint } from '@sluice/process';
import type { Command } from 'commander';
import { runCommand } from '../run-command.ts';
import { say } from '../say.ts';

/** Adds `dashboard-url`, which prints a link that logs in while the dashboard has no users. */
export function addDashboardUrl(program: Command): void {
  program
    .command('dashboard-url')
    .description('Print a link that logs in to the dashboard once, as operator, while it has no users.')
    .addHelpText(
      'after',
      `
Whoever may read and write DATA_DIR can make one. A new link replaces the one before; the running dashboard takes it at
once. Once somebody has a password (sluice user add), people log in with it, and there are no links.

Example:
  npm run sluice -- dashboard-url`,
    )
    .action(() =>
      runCommand('dashboard-url', async ({ config }) => {
        const door = readDoor(config);
        if (door.kind === 'shut') throw door.why;
        if (door.kind === 'users') {
          throw new ErrorWithHint(
            'the dashboard has users, so there is no link',
            'log in with a name and a password; "npm run sluice -- user list" shows the names',
          );
        }
        say(makeLink(config));
        return 0;
      }),
    );
}
