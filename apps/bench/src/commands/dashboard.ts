import type { Command } from 'commander';
import { type Fill, measureDashboard, QUERY_GOAL_MS, type QueryTime } from '../dashboard.ts';
import { wholeNumber } from '../options.ts';
import { queriesAsTable } from '../pages/other.ts';
import type { JsonTarget } from '../result.ts';
import { measuring } from './with-servers.ts';

/** Adds `dashboard`, which times the queries of the page. */
export function addDashboard(program: Command): void {
  program
    .command('dashboard')
    .description("how long the queries of the dashboard's page take with a large table")
    .option('--rows <n>', 'rows of the table', wholeNumber(1_000, 100_000_000), 10_000_000)
    .option('--file-rows <n>', 'rows of each file', wholeNumber(10, 1_000_000), 1000)
    .option('--json [file]', 'the result as JSON, on stdout or into a file')
    .addHelpText(
      'after',
      `
Exit code 1 when a query takes more than ${QUERY_GOAL_MS} ms at the median.

Examples:
  npm run bench -- dashboard                       ten million rows: some minutes to fill, 3 GB of disk
  npm run bench -- dashboard --rows 1000000 --file-rows 75`,
    )
    .action(({ json, ...fill }: Fill & { json?: JsonTarget }) =>
      measuring('dashboard', json, (servers) => measureDashboard(servers, fill), verdict),
    );
}

function verdict(times: readonly QueryTime[]): string {
  if (times.some(({ median }) => median > QUERY_GOAL_MS)) process.exitCode = 1;
  return queriesAsTable(times);
}
