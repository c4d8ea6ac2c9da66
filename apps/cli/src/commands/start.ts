import { FIRST_FEED } from '@sluice/core';
import { addGeneratorOptions, readGeneratorOptions } from '@sluice/generator';
import { type Config, ErrorWithHint, messageOf } from '@sluice/process';
import { type Command, InvalidArgumentError } from 'commander';
import { DEMO_FEED } from '../demo.ts';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';
import { runSession, type SessionOptions } from '../session.ts';

const ONCE_FILES = '20';

/** The options that concern only the generator. `--out` does not: it names the source folder. */
const GENERATOR_OPTIONS = ['interval', 'rows', 'files', 'seed', 'duplicates', 'malformed'];

interface Given {
  readonly once?: boolean;
  readonly verbose?: boolean;
  readonly workers: number;
  /** Undefined when neither option was given: it then depends on whether the database is embedded or external. */
  readonly generate?: boolean;
  readonly dashboard: boolean;
  readonly demo?: boolean;
  readonly out?: string;
}

/** Adds `start`, which is `npm start`. */
export function addStart(program: Command): void {
  const command = program
    .command('start')
    .description(
      'Run everything: servers where none are configured, generator, watcher, workers and dashboard.',
    )
    .option(
      '--once',
      `load what there is, with the generator ${ONCE_FILES} files of its own too, prove it, end`,
    )
    .option('--workers <n>', 'worker processes', workerCount, 2)
    .option('--generate', 'with the generator, also where the database is external: invented rows go into it')
    .option('--no-generate', 'without the generator: only files that you put into the folder')
    .option('--demo', 'with a second feed, and files for it: orders, with semicolons and decimal commas')
    .option('--no-dashboard', 'without the dashboard, which --once never has')
    .option('--verbose', 'show all log lines of the processes, not only warnings');
  addGeneratorOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  npm start
  npm start -- --workers 4 --interval 0.5 --rows 200
  npm start -- --demo                   two feeds side by side
  npm start -- --no-generate --out /srv/events
  npm start -- --once --files 20 --seed 7
  DATABASE_URL=postgres://... npm start                without the generator
  DATABASE_URL=postgres://... npm start -- --generate  with it: its rows go into that database

The generator runs by itself only with the embedded PostgreSQL. Where DATABASE_URL or its parts name another one,
its options, and --demo, are refused without --generate. --demo writes orders.yaml into FEEDS_DIR; remove that file,
and the feed is retired.
--out is the source folder: files are written there and read from there.
The first Ctrl-C stops in order within 25 s, the second quits at once.
With --once, exit codes: 0 all is loaded and proven, 1 not, or a file of this run
needs attention, which it names (quarantined, not readable, each record rejected,
lines taken along by a quote), 2 could not run.`,
    )
    .action(async (given: Given) => {
      if (given.demo && given.generate === false) command.error('--demo needs the generator');
      const asked = [...GENERATOR_OPTIONS, 'demo'].filter(
        (key) => command.getOptionValueSource(key) === 'cli',
      );
      const generator = generatorArgs(command, given);
      await runCommand(
        'start',
        (app) => runSession(sessionOptions(given, generator, asked, app.config), app, new Screen()),
        { sourceDir: given.out },
      );
    });
}

function sessionOptions(
  { once = false, verbose = false, workers, generate, dashboard, demo = false }: Given,
  generator: readonly string[],
  asked: readonly string[],
  { databaseUrl }: Config,
): SessionOptions {
  const leftOut = generate === undefined && databaseUrl !== undefined;
  if (leftOut && asked.length > 0) throw needsGenerate(asked);
  const generates = generate !== false && !leftOut;
  return {
    once,
    verbose,
    workers,
    demo,
    generated: generates ? [FIRST_FEED, ...(demo ? [DEMO_FEED] : [])] : [],
    generator,
    generatorLeftOut: leftOut,
    endless: !generator.includes('--files'),
    dashboard: dashboard && !once,
  };
}

/** Generated rows go into an external database only if the user asks for them with --generate. */
function needsGenerate(asked: readonly string[]): ErrorWithHint {
  const options = asked.map((key) => `--${key}`).join(', ');
  return new ErrorWithHint(
    `${options} ${asked.length === 1 ? 'is an option' : 'are options'} of the generator, which does not run ` +
      'because the database is external',
    'leave that out, or add --generate: then the generator writes invented rows into that database',
  );
}

/** The arguments for the generator. A wrong option is reported now, as wrong usage. */
function generatorArgs(command: Command, { once }: Given): string[] {
  // With --once nobody is watching, so the generator writes as fast as it can unless told otherwise.
  for (const [key, value] of once
    ? [
        ['interval', '0'],
        ['files', ONCE_FILES],
      ]
    : []) {
    if (command.getOptionValueSource(key ?? '') !== 'cli') command.setOptionValue(key ?? '', value);
  }
  const { out: _, ...given } = command.opts();
  try {
    readGeneratorOptions(given);
  } catch (error) {
    command.error(messageOf(error));
  }
  return GENERATOR_OPTIONS.flatMap((key) =>
    given[key] === undefined ? [] : [`--${key}`, String(given[key])],
  );
}

function workerCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= 64) return count;
  throw new InvalidArgumentError('allowed: a whole number from 1 to 64.');
}
