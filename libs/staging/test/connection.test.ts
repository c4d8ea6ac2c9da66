import { createLogger } from '@sluice/process';
import { testRedis } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { openRedis } from '../src/index.ts';
import type { RedisServer } from '../src/server.ts';

const opened: RedisServer[] = [];
afterEach(() => {
  for (const redis of opened.splice(0)) redis.close();
});

it('a Redis lets anybody in that asks for no password, whatever the URL has, and nobody else', async () => {
  const { url, prefix } = testRedis();
  const admin = new Redis(url);
  const user = `u-${crypto.randomUUID()}`;
  await admin.acl('SETUSER', user, 'on', '>secret', '~*', '&*', '+@all');
  const named = new URL(url);
  named.username = user;
  named.password = 'secret';
  const log = createLogger('test', 'silent');
  const open = (address: string) => {
    const { redis } = openRedis(address, { prefix, insertAttempts: 1, whileAway: 'wait', log });
    opened.push(redis);
    return redis;
  };
  const asks = new URL(url).password !== '';
  expect(await open(url).letsAnybodyIn()).toBe(!asks);
  expect(await open(named.href).letsAnybodyIn()).toBe(!asks);
  await admin.acl('DELUSER', user);
  admin.disconnect();
});
