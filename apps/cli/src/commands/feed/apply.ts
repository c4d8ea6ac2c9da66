import { feedNamed, mistakeLine, readFeeds } from '@sluice/feeds';
import { type App, printDuration } from '@sluice/process';
import type { Command } from 'commander';
import { applyFeed } from '../../apply-feed.ts';
import { confirmed } from '../../ask.ts';
import { shownFolder } from '../../banner.ts';
import { reachLedger } from '../../connect.ts';
import { misfitLines } from '../../misfit-lines.ts';
import { placeSample } from '../../place-sample.ts';
import { printable } from '../../printable.ts';
import { runCommand } from '../../run-command.ts';
import { Screen } from '../../screen.ts';

interface Given {
  readonly load?: readonly string[];
  readonly yes?: true;
}

/** Adds `feed apply NAME`, which brings a feed into use. */
export function addApply(feed: Command): void {
  feed
    .command('apply')
    .argument('<name>', 'name of a feed, which is that of its YAML')
    .description('Bring a feed into use: check it, make its table and its source folder, and load samples.')
    .option('--load <sample...>', 'files to copy into the source folder')
    .option('--yes', 'do not ask before the table is made')
    .addHelpText(
      'after',
      `
A table that is not there is shown first, and made as the role of DATABASE_OWNER_URL, or of
DATABASE_URL where that is not set. A table that is there is never changed: "feed plan" shows what
would have to be. A sample becomes visible in the source folder only when all of it is there, and a
watcher and a worker load it. Doing it again changes nothing.

Exit codes: 0 in use, 1 not: a question is open, the table does not fit, or you said no, 2 could not run.

Examples:
  npm run sluice -- feed apply orders
  npm run sluice -- feed apply orders --load orders_2025.csv --yes`,
    )
    .action((name: string, given: Given) => runCommand('feed apply', (app) => apply(name, given, app)));
}

async function apply(name: string, { load = [], yes }: Given, app: App): Promise<0 | 1> {
  const { config, stopping } = app;
  const screen = new Screen();
  const { style } = screen;
  const feeds = await readFeeds(config);
  const mistakes = feeds.mistakes.filter(({ feed }) => feed === name);
  if (mistakes.length > 0) {
    screen.say(style(['bold', 'red'], `The YAML of the feed ${name} is not ready:`));
    for (const mistake of mistakes) screen.say(`  ${printable(mistakeLine(mistake, config.cwd))}`);
    screen.say(`Correct it, then: npm run sluice -- feed apply ${name}`);
    return 1;
  }
  const declaration = feedNamed(name, feeds);
  const { sql } = await reachLedger('feed', config);
  const applied = await applyFeed(
    declaration,
    { config, sql },
    {
      say: (text) => screen.say(text),
      mayMake: async (statements, role) => {
        screen.say(`There is no table ${declaration.load.contract.table} yet. As ${role}:\n`);
        screen.say(`${statements.map((text) => text.replace(/^/gm, '  ')).join('\n')}\n`);
        return await confirmed('Make it?', yes === true, stopping);
      },
    },
  );
  switch (applied.outcome) {
    case 'declined':
      screen.say('Nothing was changed.');
      return 1;
    case 'refused':
      screen.say(style(['bold', 'red'], `The feed ${name} does not fit its table, and was not changed:`));
      screen.say(misfitLines(applied.misfits, screen));
      return 1;
    case 'outdated':
      screen.say(
        style(
          ['bold', 'red'],
          `A newer YAML of the feed ${name} is in use already (contract ${applied.contractNo}):`,
        ),
      );
      screen.say('this one was changed before it. Save it again if it is the one that counts.');
      return 1;
    case 'applied':
      if (applied.warnings.length > 0) screen.say(misfitLines(applied.warnings, screen));
      screen.say(style(['bold', 'green'], `The feed ${name} is in use (contract ${applied.contractNo})`));
  }
  for (const sample of load) {
    const { path, wasThere } = await placeSample(sample, declaration);
    screen.say(`${wasThere ? 'It lies there already:' : 'Copied to'} ${shownFolder(path)}`);
  }
  if (load.length > 0) {
    const [seen, committed] = [printDuration(config.reconcileInterval), printDuration(config.flushInterval)];
    screen.say(
      `A watcher finds it within ${seen}, and a worker commits its rows within ${committed} after that.`,
    );
  }
  const next =
    load.length > 0 ? 'npm run sluice -- status' : `npm run sluice -- feed apply ${name} --load FILE`;
  screen.say(`\n${style('bold', 'Next:')} ${next}`);
  return 0;
}
