import type { Command } from 'commander';
import { addApply } from './feed/apply.ts';
import { addCheck } from './feed/check.ts';
import { addInit } from './feed/init.ts';
import { addList } from './feed/list.ts';
import { addPlan } from './feed/plan.ts';
import { addRename } from './feed/rename.ts';

/** Adds `feed`, the commands for the feeds of this installation. */
export function addFeed(program: Command): void {
  const feed = program
    .command('feed')
    .description('Feeds: what is declared once for each kind of file, in a YAML of FEEDS_DIR.');
  addInit(feed);
  addApply(feed);
  addList(feed);
  addCheck(feed);
  addPlan(feed);
  addRename(feed);
}
