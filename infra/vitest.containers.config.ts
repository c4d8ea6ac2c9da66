import { getContainerRuntimeClient } from 'testcontainers';
import { defineConfig } from 'vitest/config';

/** Why no container can be started here, if so. */
async function whyNoDocker(): Promise<string | undefined> {
  try {
    await getContainerRuntimeClient();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

// The integration tests once more, over the servers' official images. A test that kills or wipes a server has an
// embedded one of its own here too; those of the embedded servers themselves are left out.
export default defineConfig(async () => {
  const reason = await whyNoDocker();
  if (reason !== undefined)
    process.stderr.write(`SKIPPED, every test: there is no Docker here (${reason})\n`);
  return {
    test: {
      root: new URL('..', import.meta.url).pathname,
      include: reason === undefined ? ['libs/{pipeline,postgres,redis,source}/test/**/*.test.ts'] : [],
      passWithNoTests: true,
      globalSetup: reason === undefined ? ['libs/testkit/src/containers-setup.ts'] : [],
      maxWorkers: 2,
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  };
});
