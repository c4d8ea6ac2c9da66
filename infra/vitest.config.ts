import { defineConfig } from 'vitest/config';
import { LongestFirst } from './longest-first.ts';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['{apps,libs,infra}/**/test/**/*.test.ts'],
    globalSetup: ['libs/testkit/src/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    // One more than the cores of the CI machine, because a test spends half of its time waiting for a process or an interval.
    maxWorkers: 3,
    // Above the longest wait of any test: a wait that times out names what it waited for, and this limit does not.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The tests start hundreds of processes, and with cached compiled code each starts in half the time.
    env: { NODE_COMPILE_CACHE: new URL('../.cache/node', import.meta.url).pathname },
  },
});
