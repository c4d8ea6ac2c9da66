import { version } from '@sluice/process';
import { Program } from '@sluice/process/program';
import { addAll } from './commands/all.ts';
import { addDashboard } from './commands/dashboard.ts';
import { addDraw } from './commands/draw.ts';
import { addLargeFile } from './commands/large-file.ts';
import { addLatency } from './commands/latency.ts';
import { addManyFiles } from './commands/many-files.ts';
import { addRivals } from './commands/rivals.ts';
import { addScale } from './commands/scale.ts';
import { addStalls } from './commands/stalls.ts';
import { addStart } from './commands/start.ts';
import { addThroughput } from './commands/throughput.ts';

const program = new Program('bench')
  .description('Measures the pipeline on embedded servers of its own, in a temporary folder.')
  .version(version);

for (const add of [
  addThroughput,
  addLargeFile,
  addLatency,
  addManyFiles,
  addRivals,
  addScale,
  addStalls,
  addStart,
  addDashboard,
  addAll,
  addDraw,
])
  add(program);

await program.parseAsync();
