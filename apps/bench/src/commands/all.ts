import { runApp } from '@sluice/process';
import type { Command } from 'commander';
import { type AllOptions, yardsticks } from '../all.ts';
import { commonOptions } from '../options.ts';
import { groundOf, type JsonTarget, tell, writeJson } from '../result.ts';
import { mustGoOn, withServers } from '../servers.ts';

/** Adds `all`, which measures with every yardstick and writes one result. */
export function addAll(program: Command): void {
  const command = program
    .command('all')
    .description('every yardstick, one after the other, on the same servers, and one result')
    .option('--short', 'small sizes, to see that everything works: the figures mean little')
    .option('--python <program>', 'the Python that has the packages of DuckDB and dlt', 'python3');
  commonOptions(command)
    .addHelpText(
      'after',
      `
The full sizes take some hours and 30 GB of disk. A file of JSON is written after each yardstick, with what was measured until then.
"draw" makes the pictures of docs/performance.md from it.

Examples:
  npm run bench -- all --json /tmp/all.json
  npm run bench -- all --short --rounds 1`,
    )
    .action(({ json, ...options }: AllOptions & { json?: JsonTarget }) =>
      runApp(
        'bench',
        {},
        (app) =>
          withServers(app, { commitTimes: true }, async (servers) => {
            const ground = groundOf(servers);
            const results: Record<string, unknown> = {};
            const pages: string[] = [];
            for (const [name, measure] of Object.entries(yardsticks(options))) {
              mustGoOn(servers);
              servers.say(`measuring: ${name}`);
              const { result, page } = await measure(servers);
              results[name] = result;
              pages.push(`\n== ${name} ==\n${page}`);
              writeJson(json, ground, results);
            }
            tell(json, ground, results, pages.join(''));
          }),
        { logTo: 2 },
      ),
    );
}
