import { spawnSync } from 'node:child_process';
import { getContainerRuntimeClient } from 'testcontainers';

/** Runs the integration tests on containers. If there is no Docker, it says so and succeeds. */
try {
  await getContainerRuntimeClient();
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`SKIPPED, every test: there is no Docker here (${reason})\n`);
  process.exit(0);
}
const config = ['run', '--config', 'infra/vitest.containers.config.ts'];
const { status } = spawnSync('vitest', [...config, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
