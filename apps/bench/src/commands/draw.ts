import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { picturesOf } from '../draw/pictures.ts';

/** Adds `draw`, which makes pictures and a table of what was measured. */
export function addDraw(program: Command): void {
  program
    .command('draw <json>')
    .description(
      'pictures (SVG) of a result that a yardstick or "all" has written, and the table of its loads as Markdown',
    )
    .option('--into <folder>', 'where they go', 'docs/pictures')
    .addHelpText(
      'after',
      `
Example:
  npm run bench -- all --json /tmp/all.json && npm run bench -- draw /tmp/all.json`,
    )
    .action((json: string, { into }: { into: string }) => {
      mkdirSync(into, { recursive: true });
      const { pictures, table } = picturesOf(JSON.parse(readFileSync(json, 'utf8')));
      for (const [name, svg] of Object.entries(pictures)) writeFileSync(join(into, name), svg);
      const drawn = Object.keys(pictures).map((name) => join(into, name));
      process.stdout.write(`${drawn.join('\n')}\n\n${table}\n`);
    });
}
