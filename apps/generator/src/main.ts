import { messageOf, runApp, version } from '@sluice/process';
import { Command } from 'commander';
import { generate } from './generate.ts';
import { addGeneratorOptions, type GeneratorOptions, readGeneratorOptions } from './options.ts';

const command = addGeneratorOptions(new Command('generate'))
  .description('Writes CSV files of e-commerce events into the source folder, endlessly or --files many.')
  .version(version)
  .addHelpText(
    'after',
    `
Examples:
  npm run generate                                      a file of 50 to 100 rows every 2 seconds
  npm run generate -- --files 20 --seed 7               the same 20 files each time
  npm run generate -- --interval 0 --rows 1000 --files 600
  npm run generate -- --malformed 0.2 --duplicates 0    one row in five is broken`,
  )
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

function optionsOrExit(): GeneratorOptions {
  try {
    return readGeneratorOptions(command.opts());
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(2);
  }
}

const options = optionsOrExit();
await runApp('generator', { sourceDir: options.out }, (app) => generate(app, options));
