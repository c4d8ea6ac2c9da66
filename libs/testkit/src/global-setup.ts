import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startServers } from '@sluice/embedded';
import type { TestProject } from 'vitest/node';
import { makeLedgerTemplate } from './ledger-template.ts';
import './provided.ts';
import { tempFolder } from './temp-folder.ts';

const BUILD = fileURLToPath(new URL('../../../infra/build.ts', import.meta.url));

/**
 * Builds the programs, because the tests start them hundreds of times, and starts one PostgreSQL and one Redis for the whole test
 * run, on free ports, in a temporary folder. However the run ends, the servers are stopped and the folder is removed.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, [BUILD], { stdio: 'inherit' });
  const servers = await startServers({
    dataDir: tempFolder(),
    need: { postgres: true, redis: true },
    durable: false,
    maxConnections: 200,
    say: (message) => process.stderr.write(`${message}\n`),
  });
  if (!servers.postgres || !servers.redis) throw new Error('the servers for the tests were not started');
  await makeLedgerTemplate(servers.postgres.url);
  project.provide('postgresUrl', servers.postgres.url);
  project.provide('redisUrl', servers.redis.url);
  return () => servers.stop();
}
