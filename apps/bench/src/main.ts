import { version } from '@sluice/process';
import { Command } from 'commander';
import { addDashboard } from './commands/dashboard.ts';
import { addLargeFile } from './commands/large-file.ts';
import { addRivals } from './commands/rivals.ts';
import { addStalls } from './commands/stalls.ts';
import { addThroughput } from './commands/throughput.ts';

const program = new Command('bench')
  .description('Measures the pipeline on embedded servers of its own, in a temporary folder.')
  .version(version)
  .showHelpAfterError()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

for (const add of [addThroughput, addLargeFile, addRivals, addStalls, addDashboard]) add(program);

await program.parseAsync();
