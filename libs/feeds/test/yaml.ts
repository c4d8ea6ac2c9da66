import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, loadConfig } from '@sluice/process';
import { tempFolder } from '@sluice/testkit';
import { mistakeLine, type ReadFeeds, readFeeds } from '../src/index.ts';

/** A working directory with these feeds, each changed a second after the one before it. */
export function withFeeds(feeds: Readonly<Record<string, string>>, env: Record<string, string> = {}): Config {
  const cwd = tempFolder();
  const folder = join(cwd, 'config/feeds');
  mkdirSync(folder, { recursive: true });
  for (const [i, [name, text]] of Object.entries(feeds).entries()) {
    const file = join(folder, name);
    writeFileSync(file, text);
    utimesSync(file, 1_700_000_000 + i, 1_700_000_000 + i);
  }
  return loadConfig({ env, cwd });
}

/** What is wrong, one line for each mistake. */
export async function linesOf(config: Config): Promise<string[]> {
  const { mistakes } = await readFeeds(config);
  return mistakes.map((mistake) => mistakeLine(mistake, config.cwd));
}

/** Reads one feed that is called `orders`. */
export async function readOrders(text: string, env: Record<string, string> = {}): Promise<ReadFeeds> {
  return await readFeeds(withFeeds({ 'orders.yaml': text }, env));
}
