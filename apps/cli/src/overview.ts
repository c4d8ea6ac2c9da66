import type { Program } from '@sluice/process/program';
import { type Command, Help } from 'commander';

/** Each command by its name. Its module adds it. */
export const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  start: async () => (await import('./commands/start.ts')).addStart,
  servers: async () => (await import('./commands/servers.ts')).addServers,
  drain: async () => (await import('./commands/drain.ts')).addDrain,
  feed: async () => (await import('./commands/feed.ts')).addFeed,
  migrate: async () => (await import('./commands/migrate.ts')).addMigrate,
  user: async () => (await import('./commands/user.ts')).addUser,
  'dashboard-url': async () => (await import('./commands/dashboard-url.ts')).addDashboardUrl,
  status: async () => (await import('./commands/status.ts')).addStatus,
  files: async () => (await import('./commands/files.ts')).addFiles,
  event: async () => (await import('./commands/event.ts')).addEvent,
  psql: async () => (await import('./commands/psql.ts')).addPsql,
  verify: async () => (await import('./commands/verify.ts')).addVerify,
  lint: async () => (await import('./commands/lint.ts')).addLint,
  rejects: async () => (await import('./commands/rejects.ts')).addRejects,
  resubmit: async () => (await import('./commands/resubmit.ts')).addResubmit,
  failures: async () => (await import('./commands/failures.ts')).addFailures,
  retry: async () => (await import('./commands/retry.ts')).addRetry,
  quarantine: async () => (await import('./commands/quarantine.ts')).addQuarantine,
  ack: async () => (await import('./commands/ack.ts')).addAck,
  replay: async () => (await import('./commands/replay.ts')).addReplay,
  undo: async () => (await import('./commands/undo.ts')).addUndo,
  recover: async () => (await import('./commands/recover.ts')).addRecover,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  support: async () => (await import('./commands/support.ts')).addSupport,
  config: async () => (await import('./commands/config.ts')).addConfig,
};

type Row = readonly [commands: string, what: string];

/** What `sluice` shows without a command: each of them, on a screen of 80 x 24. */
const OVERVIEW: Readonly<Record<string, readonly Row[]>> = {
  Run: [
    ['start', 'all of it, until Ctrl-C: the same as npm start'],
    ['servers', 'the embedded PostgreSQL and Redis alone'],
    ['drain', 'load all that lies there, then end: for cron'],
  ],
  'Set up': [
    ['feed', 'your own files, into tables of their own'],
    ['migrate', 'make the tables, or bring them up to date'],
    ['user, dashboard-url', 'who may log in; a link that logs in once'],
  ],
  Look: [
    ['status', 'what runs, what was done, what needs a person'],
    ['files', 'the files and their states; the story of one'],
    ['event', 'where a row came from, or why it is not there'],
    ['psql', 'a session with the database, which only reads'],
    ['verify', 'the proof that no record was lost or doubled'],
    ['lint', 'what would become of a file, without loading it'],
  ],
  Correct: [
    ['rejects, resubmit', 'records that could not be rows; load them fixed'],
    ['failures, retry', 'batches that could not be loaded; try them again'],
    ['quarantine, ack', 'files that could not be read; acknowledge it'],
    ['replay, undo', 'read a loaded file again; remove its rows'],
    ['recover', 'after a loss: rebuild Redis from the ledger'],
  ],
  Help: [
    ['doctor', 'what is wrong with the setup, and how to fix it'],
    ['config, support', 'every setting; an archive for somebody who helps'],
  ],
};

/** How the help of `program` is written: as the overview. Each command writes its own. */
export function overview(program: Program): Pick<Help, 'formatHelp'> {
  return {
    formatHelp: (command, helper) =>
      command === program ? asText() : Help.prototype.formatHelp.call(helper, command, helper),
  };
}

function asText(): string {
  const lines = Object.entries(OVERVIEW).flatMap(([group, rows]) =>
    rows.map(([commands, what], i) => `${(i === 0 ? group : '').padEnd(8)} ${commands.padEnd(20)} ${what}`),
  );
  return [
    'Usage: npm run sluice -- <command> [options]      "help <command>" says more.',
    ...lines,
    'Exit codes: 0 clean, 1 found something, 2 could not run.\n',
  ].join('\n');
}
