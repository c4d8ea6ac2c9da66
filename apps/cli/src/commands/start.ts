import { addGeneratorOptions, readGeneratorOptions } from '@sluice/generator';
import { type Command, InvalidArgumentError } from 'commander';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';
import { runSession, type SessionOptions } from '../session.ts';

const ONCE_FILES = '20';

interface Given {
  readonly once?: true;
  readonly verbose?: true;
  readonly workers: number;
  readonly generate: boolean;
  readonly dashboard: boolean;
  readonly out?: string;
}

/** Adds `start`, which is `npm start`. */
export function addStart(program: Command): void {
  const command = program
    .command('start')
    .description(
      'Run everything: servers where none are configured, generator, watcher, workers and dashboard.',
    )
    .option('--once', `load what there is and ${ONCE_FILES} generated files, prove it, end`)
    .option('--workers <n>', 'worker processes', workerCount, 2)
    .option('--no-generate', 'without the generator: only files that you put into the folder')
    .option('--no-dashboard', 'without the dashboard, which --once never has')
    .option('--verbose', 'show all log lines of the processes, not only warnings');
  addGeneratorOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  npm start
  npm start -- --workers 4 --interval 0.5 --rows 200
  npm start -- --no-generate --out /srv/events
  npm start -- --once --files 20 --seed 7

--out is the source folder: files are written there and read from there.
The first Ctrl-C stops in order within 25 s, the second quits at once.
With --once: exit 0 when all is loaded and proven, 1 when not, 2 when it could not run.`,
    )
    .action(async (given: Given) => {
      const options = { ...given, generator: given.generate ? generatorArgs(command, given) : undefined };
      const flags = { sourceDir: given.out };
      await runCommand('start', (app) => runSession(sessionOptions(options), app, new Screen()), flags);
    });
}

function sessionOptions(o: Given & { readonly generator: readonly string[] | undefined }): SessionOptions {
  const endless = !o.generator?.includes('--files');
  const { once = false, verbose = false, workers, generator } = o;
  return { once, verbose, workers, generator, endless, dashboard: o.dashboard && !once };
}

/** The generator's own options as it shall be given them; a wrong one is told now, as wrong usage. */
function generatorArgs(command: Command, { once }: Given): string[] {
  // Nobody waits for a demonstration: --once is as fast as it can be unless it is told otherwise.
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
    command.error(error instanceof Error ? error.message : String(error));
  }
  const passed = ['interval', 'rows', 'files', 'seed', 'duplicates', 'malformed'];
  return passed.flatMap((key) => (given[key] === undefined ? [] : [`--${key}`, String(given[key])]));
}

function workerCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= 64) return count;
  throw new InvalidArgumentError('allowed: a whole number from 1 to 64.');
}
