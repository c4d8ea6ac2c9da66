import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { feedNamed, readFeeds } from '@sluice/feeds';
import type { Sql } from '@sluice/ledger';
import { type Config, codeOf, ErrorWithHint } from '@sluice/process';
import { applyFeed } from './apply-feed.ts';
import { shownFolder } from './banner.ts';
import { prepareFeedsDir, writeFeed } from './feed-files.ts';
import type { Screen } from './screen.ts';

/** The feed of the demo, besides that of events. */
export const DEMO_FEED = 'orders';

const YAML = join(import.meta.dirname, '../demo/orders.yaml');

/** Brings the feed of the demo into use, with its table. A feed of the same name that somebody else made is left alone. */
export async function makeDemo(config: Config, sql: Sql, screen: Screen): Promise<void> {
  const path = join(config.feedsDir, `${DEMO_FEED}.yaml`);
  const yaml = await readFile(YAML, 'utf8');
  const own = await textOf(path);
  if (own !== undefined && own !== yaml) {
    throw new ErrorWithHint(
      `--demo makes a feed ${DEMO_FEED}, and ${shownFolder(path)} is another one`,
      'start without --demo, or rename that feed ("npm run sluice -- feed rename")',
    );
  }
  await prepareFeedsDir(config);
  if (own === undefined) {
    await writeFeed(DEMO_FEED, yaml, config);
    screen.say(screen.style('dim', `wrote ${shownFolder(path)} for the demo`));
  }
  const applied = await applyFeed(
    feedNamed(DEMO_FEED, await readFeeds(config)),
    { config, sql },
    { say: () => undefined, mayMake: async () => true },
  );
  if (applied.outcome === 'applied') return;
  throw new ErrorWithHint(
    `the feed ${DEMO_FEED} of the demo cannot be used (${applied.outcome})`,
    `"npm run sluice -- feed apply ${DEMO_FEED}" says why`,
  );
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
