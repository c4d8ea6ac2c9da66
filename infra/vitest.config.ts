import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['apps/**/test/**/*.test.ts', 'libs/**/test/**/*.test.ts'],
    maxWorkers: 2,
  },
});
