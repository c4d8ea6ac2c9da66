import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPassword, readUsers } from '@sluice/runtime';
import { tempFolder } from '@sluice/testkit';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const folder = tempFolder();
const file = join(folder, 'users.json');

function user(args: readonly string[], input = ''): { code: number | null; out: string; err: string } {
  const env = { PATH: process.env.PATH, DATA_DIR: folder };
  const run = spawnSync(process.execPath, [main, 'user', ...args], {
    cwd: folder,
    env,
    input,
    encoding: 'utf8',
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

it('adds a user with the password on stdin to a file for its owner alone, which does not hold the password', async () => {
  expect(user(['add', 'ada', '--role', 'operator'], 'correct horse\n')).toMatchObject({
    code: 0,
    out: `ada may log in as operator (${file})\n`,
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain('correct horse');
  const [ada] = readUsers(file);
  expect(await isPassword(ada, 'correct horse')).toBe(true);
  expect(await isPassword(ada, 'correct hors')).toBe(false);
  expect(await isPassword(undefined, 'correct horse')).toBe(false);
});

it('gives a user another role and password, lists all, and removes one', async () => {
  user(['add', 'ada', '--role', 'viewer'], 'battery staple');
  expect(await isPassword(readUsers(file)[0], 'correct horse')).toBe(false);
  expect(JSON.parse(user(['list', '--json']).out)).toEqual([{ name: 'ada', role: 'viewer' }]);
  expect(user(['remove', 'ada']).code).toBe(0);
  expect(user(['remove', 'ada'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no user "ada"'),
  });
  expect(user(['list']).out).toBe(`no users in ${file}\n`);
});

it('refuses a short password, an odd name and an unknown role, and changes nothing', () => {
  expect(user(['add', 'eve', '--role', 'viewer'], 'short\n')).toMatchObject({
    code: 2,
    err: expect.stringContaining('at least 8'),
  });
  expect(user(['add', 'e v:e', '--role', 'viewer'], 'long enough\n')).toMatchObject({
    code: 2,
    err: expect.stringContaining('letters, digits'),
  });
  expect(user(['add', 'eve', '--role', 'king'], 'long enough\n').code).toBe(2);
  expect(readUsers(file)).toEqual([]);
});
