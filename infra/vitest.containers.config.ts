import { defineConfig } from 'vitest/config';
import everyday from './vitest.config.ts';

/**
 * The integration tests once more, over the servers' official images: `npm run test:containers`. A test that kills or
 * wipes a server has an embedded one of its own here too; those of the embedded servers themselves are left out.
 */
export default defineConfig({
  test: {
    ...everyday.test,
    include: ['libs/{pipeline,ledger,staging,source}/test/**/*.test.ts'],
    globalSetup: ['libs/testkit/src/containers-setup.ts'],
  },
});
