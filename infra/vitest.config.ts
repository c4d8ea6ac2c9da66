import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['apps/**/test/**/*.test.ts', 'libs/**/test/**/*.test.ts'],
    globalSetup: ['libs/testkit/src/global-setup.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The tests start hundreds of processes: with their code compiled once, each takes half the time to start.
    env: { NODE_COMPILE_CACHE: new URL('../.cache/node', import.meta.url).pathname },
  },
});
