import { FIRST_FEED } from '@sluice/core';
import { feedNamed, readFeeds } from '@sluice/feeds';
import { type Config, messageOf, runApp, version } from '@sluice/process';
import { Program } from '@sluice/process/program';
import type { GeneratedFeed } from './feed-files.ts';
import { generate } from './generate.ts';
import { addGeneratorOptions, type GeneratorOptions, readGeneratorOptions } from './options.ts';

const command = addGeneratorOptions(new Program('generate'))
  .description('Writes CSV files into the source folder of a feed, endlessly or --files many.')
  .option('--feed <name>', 'the feed whose files are written', FIRST_FEED)
  .version(version)
  .addHelpText(
    'after',
    `
Examples:
  npm run generate                                      a file of 50 to 100 rows every 2 seconds
  npm run generate -- --files 20 --seed 7               the same 20 files each time
  npm run generate -- --interval 0 --rows 1000 --files 600
  npm run generate -- --malformed 0.2 --duplicates 0    one row in five is broken
  npm run generate -- --feed orders --files 3           files of another feed, made from its YAML`,
  )
  .allowExcessArguments(false)
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
await runApp('generator', { sourceDir: options.out }, async (app) =>
  generate(app, options, await otherFeed(app.config)),
);

/** The feed that the files are for; undefined for the events of a shop. */
async function otherFeed(config: Config): Promise<GeneratedFeed | undefined> {
  const { feed: name } = command.opts<{ feed: string }>();
  if (name === FIRST_FEED) return undefined;
  const feed = feedNamed(name, await readFeeds(config));
  return options.out === undefined ? feed : { ...feed, source: config.sourceDir };
}
