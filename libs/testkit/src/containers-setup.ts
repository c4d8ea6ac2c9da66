import { randomBytes } from 'node:crypto';
import { GenericContainer, Wait } from 'testcontainers';
import type { TestProject } from 'vitest/node';
import { makeLedgerTemplate } from './ledger-template.ts';
import './provided.ts';

/** Like {@link file://./global-setup.ts}, but the two servers that the tests share run in containers. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const password = randomBytes(16).toString('hex');
  const [postgres, redis] = await Promise.all([
    new GenericContainer('postgres:17-alpine')
      .withEnvironment({ POSTGRES_PASSWORD: password })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
      .withExposedPorts(5432)
      // The check uses TCP because the server answers only on its Unix socket while it is being set up.
      .withHealthCheck({
        test: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', 'postgres'],
        interval: 500,
        timeout: 3000,
        retries: 120,
        startPeriod: 0,
      })
      .withWaitStrategy(Wait.forHealthCheck())
      .start(),
    new GenericContainer('redis:7-alpine')
      .withCommand(['redis-server', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'])
      .withExposedPorts(6379)
      .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
      .start(),
  ]);
  const address = `${postgres.getHost()}:${postgres.getMappedPort(5432)}`;
  const postgresUrl = `postgres://postgres:${password}@${address}/postgres`;
  await makeLedgerTemplate(postgresUrl);
  project.provide('postgresUrl', postgresUrl);
  project.provide('redisUrl', `redis://${redis.getHost()}:${redis.getMappedPort(6379)}`);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  };
}
