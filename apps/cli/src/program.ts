import { version } from '@sluice/process';
import { Command } from 'commander';

const program = new Command('sluice')
  .description('CSV files that land in a folder become rows of PostgreSQL, each exactly once.')
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

/** The commands, in the order of the help. Each module adds its own command. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  start: async () => (await import('./commands/start.ts')).addStart,
  servers: async () => (await import('./commands/servers.ts')).addServers,
  migrate: async () => (await import('./commands/migrate.ts')).addMigrate,
  user: async () => (await import('./commands/user.ts')).addUser,
  'dashboard-url': async () => (await import('./commands/dashboard-url.ts')).addDashboardUrl,
  feed: async () => (await import('./commands/feed.ts')).addFeed,
  status: async () => (await import('./commands/status.ts')).addStatus,
  verify: async () => (await import('./commands/verify.ts')).addVerify,
  rejects: async () => (await import('./commands/rejects.ts')).addRejects,
  quarantine: async () => (await import('./commands/quarantine.ts')).addQuarantine,
  event: async () => (await import('./commands/event.ts')).addEvent,
  lint: async () => (await import('./commands/lint.ts')).addLint,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  config: async () => (await import('./commands/config.ts')).addConfig,
  drain: async () => (await import('./commands/drain.ts')).addDrain,
  resubmit: async () => (await import('./commands/resubmit.ts')).addResubmit,
  replay: async () => (await import('./commands/replay.ts')).addReplay,
  undo: async () => (await import('./commands/undo.ts')).addUndo,
  recover: async () => (await import('./commands/recover.ts')).addRecover,
};

// Importing all commands takes several times as long as importing one. Only the help and a misspelt name need all of them.
const named = Object.entries(commands).filter(([name]) => name === process.argv[2]);
for (const [, load] of named.length > 0 ? named : Object.entries(commands)) (await load())(program);
await program.parseAsync();
