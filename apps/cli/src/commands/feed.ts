import type { Command } from 'commander';
import { addInit } from './feed/init.ts';

/** Adds `feed`, the commands for the feeds of this installation. */
export function addFeed(program: Command): void {
  const feed = program
    .command('feed')
    .description('Feeds: what is declared once for each kind of file, in a YAML of FEEDS_DIR.');
  addInit(feed);
}
