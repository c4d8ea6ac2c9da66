import { type App, type Flags, runApp } from '@sluice/process';
import { explain } from './explain.ts';
import { warn } from './say.ts';

/**
 * Runs a command and exits. `main` resolves with the exit code: 0 clean, 1 found something, 3 clean as far as it has come
 * (only `verify`). An error is reported on stderr and exits with 2, because the command could not run.
 */
export function runCommand(
  name: string,
  main: (app: App) => Promise<0 | 1 | 2 | 3>,
  flags: Flags = {},
): Promise<void> {
  const told = async (app: App): Promise<void> => {
    try {
      process.exitCode = await main(app);
    } catch (error) {
      warn(`sluice ${name}: ${explain(error)}`);
      process.exitCode = 2;
    }
    await Promise.all([left(process.stdout), left(process.stderr)]);
  };
  // stdout is for data. A command reports its own progress, so the lifecycle only logs what goes wrong.
  return runApp(name, { logLevel: 'warn', ...flags }, told, { logTo: 2 });
}

/** Resolves when all output has left this process. An earlier exit would cut off what a pipe has not taken yet. */
function left(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
