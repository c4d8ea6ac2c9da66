import { events } from '@sluice/core';
import { checkFit, connectPostgres, knownMigrations, migrate, postgresVersion } from '@sluice/ledger';
import { hideSecrets, ownerAddress } from '@sluice/process';
import type { Command } from 'commander';
import { answerOf } from '../connect.ts';
import { counted } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { say, warn } from '../say.ts';

/** Building an index on a large table can take minutes. */
const WITHIN_MS = 600_000;

/** Adds `migrate`, which creates the schema or brings it up to date. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Make the tables, or bring them up to date. npm start does it by itself.')
    .addHelpText(
      'after',
      `
Runs as the role of DATABASE_OWNER_URL, or of DATABASE_URL where that is not set. Two at once are
harmless. A schema newer than this program is left alone (exit code 2).

Examples:
  npm run sluice -- migrate
  DATABASE_URL=postgres://me@db.example/ecommerce_streaming npm run sluice -- migrate`,
    )
    .action(() =>
      runCommand('migrate', async ({ config }) => {
        const url = ownerAddress(config);
        const sql = connectPostgres(url, 'migrate', config);
        await answerOf(url, postgresVersion(sql));
        const done = await answerOf(url, migrate(sql), WITHIN_MS);
        for (const { name } of done) say(name);
        const known = counted(knownMigrations().length, 'migration');
        const told =
          done.length > 0 ? `applied ${counted(done.length, 'migration')} to` : `nothing to do: ${known} in`;
        warn(`${told} ${hideSecrets(url)}`);
        const misfits = await answerOf(url, checkFit(sql, { ...events, table: config.eventsTable }));
        for (const { text, hint } of misfits.filter(({ severity }) => severity === 'refused'))
          warn(`warning: the events cannot be loaded: ${text}\nWhat to do: ${hint}.`);
        return 0;
      }),
    );
}
