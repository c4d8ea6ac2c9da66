import { defineConfig } from 'vitest/config';
import everyday from './vitest.config.ts';

/** The tests of a source against a real S3-compatible server, which `npm run test:s3` starts. */
export default defineConfig({
  test: { ...everyday.test, include: ['libs/source/test/real-s3.ts'], globalSetup: [], maxWorkers: 1 },
});
