import { defineConfig } from 'vitest/config';
import { LongestFirst } from './longest-first.ts';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['apps/**/test/**/*.test.ts', 'libs/**/test/**/*.test.ts'],
    globalSetup: ['libs/testkit/src/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    // One more than the machine of CI has cores: half of the time a test waits for a process or an interval.
    maxWorkers: 3,
    // Above the longest wait of a test, which says what did not come; this limit would not.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The tests start hundreds of processes: with their code compiled once, each takes half the time to start.
    env: { NODE_COMPILE_CACHE: new URL('../.cache/node', import.meta.url).pathname },
  },
});
