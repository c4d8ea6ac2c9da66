import { defineConfig } from 'vitest/config';
import everyday from './vitest.config.ts';

/**
 * The integration tests once more, on the official images of the servers: `npm run test:containers`. A test that kills or
 * wipes a server uses its own embedded server here too. The tests of the embedded servers themselves are not included.
 */
export default defineConfig({
  test: {
    ...everyday.test,
    include: ['libs/{pipeline,ledger,staging,source}/test/**/*.test.ts'],
    globalSetup: ['libs/testkit/src/containers-setup.ts'],
  },
});
