import { defineConfig } from 'vitest/config';
import everyday from './vitest.config.ts';

/** The tests of a source against OpenSSH: `npm run test:sftp`. */
export default defineConfig({
  test: { ...everyday.test, include: ['libs/source/test/real-sftp.ts'], globalSetup: [], maxWorkers: 1 },
});
