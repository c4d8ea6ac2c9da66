import { Command, type ErrorOptions } from 'commander';
import { columnsOf, foldedHelp, forPeople } from './fold.ts';

/** The longest part of a message about wrong usage that is shown. It may hold what was given, such as the names of 1,000 files. */
const LONGEST = 640;

/**
 * A program, or one of its commands, that says what is wrong with how it was called in a few lines: the message, the usage, and
 * where the help is. It is named like its script of npm. Wrong usage exits with 2, because it could not run.
 */
export class Program extends Command {
  constructor(name?: string) {
    super(name);
    this.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
    this.configureOutput({
      writeOut: (text) => process.stdout.write(foldedHelp(text, columnsOf(process.stdout))),
    });
  }

  override createCommand(name?: string): Program {
    return new Program(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    const path = [this.name()];
    for (let above = this.parent; above; above = above.parent) path.unshift(above.name());
    const [script = '', ...names] = path;
    const shown = message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message;
    const usage = `Usage: ${path.join(' ')} ${this.usage()}`;
    const help = `Help:  npm run ${script} -- ${[...names, '--help'].join(' ')}`;
    return super.error(forPeople(`${shown}\n\n${usage}\n${help}`, process.stderr), options);
  }
}
