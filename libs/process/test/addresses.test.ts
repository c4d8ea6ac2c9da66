import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownerAddress, serverAddresses } from '../src/addresses.ts';
import { loadConfig } from '../src/config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sluice-addresses-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true });
});

test('configured URLs are used as they are', () => {
  const env = { DATABASE_URL: 'postgres://u:p@h/d', REDIS_URL: 'redis://h:1' };
  expect(serverAddresses(loadConfig({ env, cwd }))).toEqual({
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
  });
});

test('the owner has the address of all, unless it is given one', () => {
  const env = { PGHOST: 'h', PGUSER: 'u', PGDATABASE: 'd' };
  expect(ownerAddress(loadConfig({ env, cwd }))).toBe('postgres://u@h:5432/d');
  const owner = { DATABASE_OWNER_URL: 'postgres://o@h/d' };
  expect(ownerAddress(loadConfig({ env: { ...env, ...owner }, cwd }))).toBe('postgres://o@h/d');
});

test.each([
  ['PostgreSQL', 'DATABASE_URL', { REDIS_URL: 'redis://h' }],
  ['Redis', 'REDIS_URL', { DATABASE_URL: 'postgres://h' }],
])('without %s, the error says that none runs and how to get one', (server, variable, env) => {
  const hint = `run "npm start" or "npm run sluice -- servers", or set ${variable}`;
  expect(() => serverAddresses(loadConfig({ env, cwd }))).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(`no ${server}: ${variable} is not set`),
      hint,
    }),
  );
});
