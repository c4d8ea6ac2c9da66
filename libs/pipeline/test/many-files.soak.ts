import { afterEach, expect, it } from 'vitest';
import { type TestPipeline, testPipeline } from './load.ts';
import { loadManyFiles } from './many-files.ts';

let pipeline: TestPipeline;

afterEach(() => pipeline.close());

/** SOAK_FILES changes their number for a first look. */
const FILES = Number(process.env.SOAK_FILES ?? 100_000);

it(`${FILES.toLocaleString('en')} files dropped at once: loading begins before all are found, every process stays below 300 MB`, async () => {
  pipeline = await testPipeline({ env: { RECONCILE_INTERVAL: '30s' } });
  const { registered, closed, closedMeanwhile, peaks } = await loadManyFiles(pipeline, FILES, 2);
  process.stdout.write(
    `${FILES} files: all registered after ${registered.toFixed(1)} s, ${closedMeanwhile} complete by then; ` +
      `all complete after ${closed.toFixed(1)} s; peak memory ${peaks.map((peak) => `${peak} MiB`).join(', ')}\n`,
  );
  expect(closedMeanwhile).toBeGreaterThan(0);
  for (const peak of peaks) expect(peak).toBeLessThan(300);
});
