import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestPipeline, testPipeline } from './load.ts';
import { loadManyFiles } from './many-files.ts';

let pipeline: TestPipeline;

beforeEach(async () => {
  pipeline = await testPipeline({ env: { MAX_QUEUED_FILES: '300' } });
});

afterEach(() => pipeline.close());

it('3,000 files dropped at once, ten times as many as may be queued: each is found and loaded, in bounded memory', async () => {
  const { peaks } = await loadManyFiles(pipeline, 3_000, 2);
  for (const peak of peaks) expect(peak).toBeLessThan(300);
});
