import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bearerOf, isPassword, readUsers } from '@sluice/access';
import { tempFolder } from '@sluice/testkit';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const folder = tempFolder();
const file = join(folder, 'users.json');

function user(args: readonly string[], input = ''): { code: number | null; out: string; err: string } {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, DATA_DIR: folder };
  const run = spawnSync(process.execPath, [main, 'user', ...args], {
    cwd: folder,
    env,
    input,
    encoding: 'utf8',
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

const users = () => readUsers(file) ?? [];
const isHis = (password: string) => isPassword(users()[0]?.scrypt, password);

it('adds a user with the password on stdin to a file for its owner alone, which does not hold the password', async () => {
  expect(user(['add', 'ada', '--role', 'operator'], 'correct horse\n')).toMatchObject({
    code: 0,
    out: `ada may log in as operator (${file})\n`,
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain('correct horse');
  expect(await isHis('correct horse')).toBe(true);
  expect(await isHis('correct hors')).toBe(false);
  expect(await isPassword(undefined, 'correct horse')).toBe(false);
});

it('gives a user other rights and another password, each without the other, lists all, and removes one', async () => {
  user(['change', 'ada', '--values', '--role', 'viewer']);
  expect(await isHis('correct horse')).toBe(true);
  expect(user(['add', 'ada', '--role', 'viewer'], 'battery staple').out).toBe(
    `ada may log in as viewer, and sees values of rows (${file})\n`,
  );
  expect(await isHis('correct horse')).toBe(false);
  expect(user(['list']).out).toMatch(/^ada +viewer +sees values +password *\n$/);
  user(['change', 'ada', '--no-values']);
  expect(users()).toMatchObject([{ name: 'ada', role: 'viewer', values: false, token: null }]);
  expect(user(['remove', 'ada'])).toMatchObject({
    code: 0,
    err: expect.stringContaining('nobody is left, so the dashboard lets nobody in'),
  });
  expect(user(['remove', 'ada'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no user "ada"'),
  });
});

it('makes a token for a program, shows it once, keeps its hash alone, and revokes it', () => {
  const first = user(['token', 'prometheus']);
  expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^sluice_[\w-]{32}\n$/) });
  const holder = (token: string) => bearerOf(users(), `Bearer ${token.trim()}`)?.name;
  expect(holder(first.out)).toBe('prometheus');
  expect(holder(`${first.out.trim()}x`)).toBe(undefined);
  expect(readFileSync(file, 'utf8')).not.toContain(first.out.trim());
  const second = user(['token', 'prometheus']);
  expect([holder(first.out), holder(second.out)]).toEqual([undefined, 'prometheus']);
  const shown = { name: 'prometheus', role: 'viewer', values: false, password: false };
  expect(JSON.parse(user(['list', '--json']).out)).toEqual([{ ...shown, tokenSince: expect.any(String) }]);
  expect(user(['token', 'prometheus', '--role', 'operator'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('prometheus is viewer, and so is its token'),
  });
  expect(user(['token', 'prometheus', '--revoke']).code).toBe(0);
  expect(users()).toEqual([]);
});

it('refuses a short or a common password, an odd name and an unknown role, and changes nothing', () => {
  const refused = (name: string, role: string, password: string) =>
    user(['add', name, '--role', role], `${password}\n`);
  expect(refused('eve', 'viewer', 'short')).toMatchObject({
    code: 2,
    err: expect.stringContaining('at least 8'),
  });
  expect(refused('alice', 'viewer', 'Alice-2026')).toMatchObject({
    code: 2,
    err: expect.stringContaining('is a common one'),
  });
  expect(refused('e v:e', 'viewer', 'long enough')).toMatchObject({
    code: 2,
    err: expect.stringContaining('letters, digits'),
  });
  expect(refused('eve', 'king', 'long enough').code).toBe(2);
  expect(users()).toEqual([]);
});
