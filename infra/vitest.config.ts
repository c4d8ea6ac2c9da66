import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['apps/**/test/**/*.test.ts', 'libs/**/test/**/*.test.ts'],
    globalSetup: ['libs/testkit/src/global-setup.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
