import { createLogger } from '@sluice/runtime';
import { runLab } from './lab.ts';
import { PLANTED_BUGS, type PlantedBugName } from './planted-bugs.ts';
import { asTable } from './report.ts';

const name = process.argv[2] as PlantedBugName;
const bug = PLANTED_BUGS[name];
const log = createLogger('try', 'info', 2);
const v = await runLab({
  seed: Number(process.argv[3] ?? 1),
  ...bug,
  drainedWithin: 20,
  preload: [new URL('./plant.ts', import.meta.url).href],
  env: { PLANTED_BUG: name },
  say: (m) => log.info(m),
  stopping: new AbortController().signal,
});
process.stdout.write(asTable(v));
process.exit(v.held ? 0 : 1);
