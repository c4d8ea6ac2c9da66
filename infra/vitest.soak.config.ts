import { defineConfig } from 'vitest/config';
import everyday from './vitest.config.ts';

/** Long proofs, one after the other: `npm run test:soak`, or `npm run test:soak -- -t "200 MB"` for a single one. */
export default defineConfig({
  test: {
    ...everyday.test,
    include: ['libs/**/test/**/*.soak.ts'],
    maxWorkers: 1,
    testTimeout: 30 * 60_000,
  },
});
