import { readFile, rm } from 'node:fs/promises';
import { feedNamed, readFeeds } from '@sluice/feeds';
import { rename as renameFeed } from '@sluice/pipeline';
import { type App, ErrorWithHint } from '@sluice/process';
import type { Command } from 'commander';
import { confirmed } from '../../ask.ts';
import { shownFolder } from '../../banner.ts';
import { writeFeed } from '../../feed-files.ts';
import { counted } from '../../printable.ts';
import { reachStores } from '../../reach-stores.ts';
import { runCommand } from '../../run-command.ts';
import { Screen } from '../../screen.ts';

/** Adds `feed rename FROM TO`. */
export function addRename(feed: Command): void {
  feed
    .command('rename')
    .argument('<from>', 'name of a feed')
    .argument('<to>', 'its new name')
    .description('Rename a feed: its YAML, and the names of its files in the ledger.')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
Its files must all be loaded, and its watchers must be stopped ("npm start" is one). The source folder stays where it is,
and so does the table: where the YAML does not name them, their present names are written into it.
Other machines with a YAML of their own need the new one too.

Exit codes: 0 renamed, 1 you said no, 2 could not run.

Examples:
  npm run sluice -- feed rename orders sales`,
    )
    .action((from: string, to: string, { yes }: { yes?: true }) =>
      runCommand('feed rename', (app) => rename(from, to, yes === true, app)),
    );
}

async function rename(from: string, to: string, yes: boolean, { config, stopping }: App): Promise<0 | 1> {
  const screen = new Screen();
  const feeds = await readFeeds(config);
  const { file, source } = feedNamed(from, feeds);
  if (feeds.declarations.some(({ name }) => name === to))
    throw new ErrorWithHint(`there is a feed ${to} already`, 'choose another name');
  const stores = await reachStores('feed', config);
  screen.say(`${shownFolder(file)} becomes ${to}.yaml; files keep lying in ${shownFolder(source)}`);
  if (!(await confirmed(`Rename the feed ${from} to ${to}?`, yes, stopping))) {
    screen.say('Nothing was changed.');
    return 1;
  }
  const yaml = renamedYaml(await readFile(file, 'utf8'), from, to);
  const renamed = await renameFeed(from, to, stores);
  if (renamed.outcome === 'refused')
    throw new ErrorWithHint(
      `the feed ${from} was not renamed: ${renamed.why}`,
      'see "npm run sluice -- feed list"',
    );
  const path = await writeFeed(to, yaml, config);
  await rm(file);
  screen.say(
    `Renamed: ${shownFolder(path)}, and ${counted(renamed.files, 'version')} of files in the ledger`,
  );
  return 0;
}

/**
 * The YAML under the new name. What has been named after the feed so far keeps its name.
 * @internal exported for its test
 */
export function renamedYaml(yaml: string, from: string, to: string): string {
  const kept = [
    ...(/^source:/m.test(yaml) ? [] : [`source: \${DATA_DIR}/sources/${from}`]),
    ...(/^table:/m.test(yaml) ? [] : [`table: ${from}`]),
  ];
  return yaml.replace(/^feed:.*$/m, [`feed: ${to}`, ...kept].join('\n'));
}
