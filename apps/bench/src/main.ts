import { runApp, version } from '@sluice/process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { measureDashboard, QUERY_GOAL_MS } from './dashboard.ts';
import { asJson, asTable, queriesAsTable, stallsAsTable } from './report.ts';
import { STALL_KINDS } from './stall-kinds.ts';
import { measureApart, measureStalls, type Stalls } from './stalls.ts';
import { type Load, measureThroughput } from './throughput.ts';

const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`allowed: a whole number from ${least} to ${most}`);
};

const program = new Command('bench')
  .description('Measures the pipeline on embedded servers of its own, in a temporary folder.')
  .version(version)
  .showHelpAfterError()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

program
  .command('throughput')
  .description('rows/s from drop to commit, against raw COPY of the same rows on the same server')
  .option('--files <n>', 'files to load', wholeNumber(1, 100_000), 200)
  .option('--rows <n>', 'rows of each file', wholeNumber(1, 1_000_000), 1000)
  .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2)
  .option('--seed <n>', 'the same seed gives the same rows', wholeNumber(0, 999_999_998), 1)
  .option('--json', 'the result as JSON')
  .addHelpText(
    'after',
    `
The ratio of the two is the figure that counts: it depends the least on the machine.
The pipeline's settings are taken from the environment, but FLUSH_INTERVAL is 1s unless it is set.

Examples:
  npm run bench -- throughput                                 200 files of 1000 rows, two workers
  npm run bench -- throughput --files 2000 --rows 75 --workers 4
  WORKER_CONCURRENCY=8 npm run bench -- throughput --json`,
  )
  .action(({ json, ...load }: Load & { json?: boolean }) =>
    runApp(
      'bench',
      {},
      async (app) => {
        const throughput = await measureThroughput(app, load);
        process.stdout.write(json ? asJson(throughput) : asTable(throughput));
      },
      { logTo: 2 },
    ),
  );

program
  .command('stalls')
  .description('the longest time for which reading a file holds up everything else in a worker')
  .option('--mib <n>', 'MiB of text in each file', wholeNumber(1, 4096), 32)
  .addOption(
    new Option('--kind <name>', 'this kind of content alone').choices(STALL_KINDS.map(({ name }) => name)),
  )
  .option('--here', 'in this process, without the limits of a worker: for a profiler')
  .option('--json', 'the result as JSON')
  .addHelpText(
    'after',
    `
No servers are needed: what is measured is the reading, up to the point where a chunk is staged.

Examples:
  npm run bench -- stalls                          all kinds of content, one after the other
  npm run bench -- stalls --mib 8 --kind commas    one of them`,
  )
  .action(async ({ mib, kind, ...o }: { mib: number; kind?: string; here?: boolean; json?: boolean }) => {
    const kinds = STALL_KINDS.filter(({ name }) => kind === undefined || name === kind);
    const results: Stalls[] = [];
    if (o.here) for (const each of kinds) results.push(await measureStalls(each, mib));
    else results.push(...measureApart(kinds, mib, (done) => process.stderr.write(`measured ${done.kind}\n`)));
    process.stdout.write(o.json ? `${JSON.stringify(results, null, 2)}\n` : stallsAsTable(results, mib));
  });

program
  .command('dashboard')
  .description("how long the queries of the dashboard's page take with a large table")
  .option('--rows <n>', 'rows of the table', wholeNumber(1_000, 100_000_000), 10_000_000)
  .option('--file-rows <n>', 'rows of each file', wholeNumber(10, 1_000_000), 1000)
  .option('--json', 'the result as JSON')
  .addHelpText(
    'after',
    `
Exit code 1 when a query takes more than ${QUERY_GOAL_MS} ms at the median.

Examples:
  npm run bench -- dashboard                       ten million rows: some minutes to fill, 3 GB of disk
  npm run bench -- dashboard --rows 1000000 --file-rows 75`,
  )
  .action(({ json, ...fill }: { rows: number; fileRows: number; json?: true }) =>
    runApp(
      'bench',
      {},
      async (app) => {
        const times = await measureDashboard(app, fill);
        process.stdout.write(json ? `${JSON.stringify(times, null, 2)}\n` : queriesAsTable(times));
        if (times.some(({ median }) => median > QUERY_GOAL_MS)) process.exitCode = 1;
      },
      { logTo: 2 },
    ),
  );

await program.parseAsync();
