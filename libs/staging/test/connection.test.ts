import { createLogger } from '@sluice/process';
import { testRedis } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { connectRedis, letsAnybodyIn } from '../src/index.ts';

const opened: Redis[] = [];
afterEach(() => {
  for (const redis of opened.splice(0)) redis.disconnect();
});

it('a Redis lets anybody in that asks for no password, whatever the URL has, and nobody else', async () => {
  const { url } = testRedis();
  const admin = new Redis(url);
  const user = `u-${crypto.randomUUID()}`;
  await admin.acl('SETUSER', user, 'on', '>secret', '~*', '&*', '+@all');
  const named = new URL(url);
  named.username = user;
  named.password = 'secret';
  const log = createLogger('test', 'silent');
  const [plain, withName] = [url, named.href].map((address) =>
    connectRedis(address, { whileAway: 'wait', log }),
  );
  opened.push(admin, ...[plain, withName].filter((one) => one !== undefined));
  if (plain === undefined || withName === undefined) throw new Error('not connected');
  const asks = new URL(url).password !== '';
  expect(await letsAnybodyIn(plain)).toBe(!asks);
  expect(await letsAnybodyIn(withName)).toBe(!asks);
  await admin.acl('DELUSER', user);
});
