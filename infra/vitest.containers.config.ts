import { defineConfig } from 'vitest/config';
import everyday from './vitest.config.ts';

/**
 * The integration tests once more, on the official images of the servers: `npm run test:containers`. A test that kills or
 * wipes a server uses its own embedded server here too. The tests of the embedded servers themselves are not included.
 * Besides them the whole of docker-compose.yml is tried: `npm run test:containers -- compose`.
 */
export default defineConfig({
  test: {
    ...everyday.test,
    include: ['libs/{pipeline,ledger,staging,source}/test/**/*.test.ts', 'infra/test/*.containers.ts'],
    globalSetup: ['libs/testkit/src/containers-setup.ts'],
    // Building the image and starting a dozen containers takes minutes.
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
  },
});
