import { version } from '@sluice/process';
import { Command } from 'commander';
import { addConfig } from './commands/config.ts';
import { addDashboardUrl } from './commands/dashboard-url.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDrain } from './commands/drain.ts';
import { addEvent } from './commands/event.ts';
import { addLint } from './commands/lint.ts';
import { addMigrate } from './commands/migrate.ts';
import { addQuarantine } from './commands/quarantine.ts';
import { addRecover } from './commands/recover.ts';
import { addRejects } from './commands/rejects.ts';
import { addReplay } from './commands/replay.ts';
import { addResubmit } from './commands/resubmit.ts';
import { addServers } from './commands/servers.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addUndo } from './commands/undo.ts';
import { addUser } from './commands/user.ts';
import { addVerify } from './commands/verify.ts';

const program = new Command('sluice')
  .description('CSV event files that land in a folder become rows of PostgreSQL, each exactly once.')
  .version(version)
  .showHelpAfterError()
  .addHelpText(
    'after',
    `
Examples:
  npm start                             servers, generator, watcher and workers, until Ctrl-C
  npm start -- --once --files 20        20 files from generation to proof, then the end
  npm run sluice -- status              one page of state
  npm run sluice -- verify --json       the proof that nothing was lost or doubled
  npm run sluice -- rejects             records that could not be rows
  npm run sluice -- lint FILE           what would become of a file

Exit codes: 0 clean, 1 found something, 2 could not run.`,
  )
  // Commander's own code for wrong usage is 1, which here means that a command found something.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

const looks = [addStatus, addVerify, addRejects, addQuarantine, addEvent, addLint, addDoctor, addConfig];
const operations = [addDrain, addResubmit, addReplay, addUndo, addRecover];
for (const add of [addStart, addServers, addMigrate, addUser, addDashboardUrl, ...looks, ...operations])
  add(program);
await program.parseAsync();
