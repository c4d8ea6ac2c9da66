import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { LogFile } from '../src/log-file.ts';

const index = new URL('../src/index.ts', import.meta.url).href;
const module = new URL('../src/log-file.ts', import.meta.url).href;

function run(folder: string, statement: string): ReturnType<typeof spawnSync> {
  const script = `const { createLogger } = await import(${JSON.stringify(index)});
    const log = createLogger('worker', 'info', 1, ${JSON.stringify(folder)}); ${statement}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
}

test('the file holds what stdout holds, without passwords, in a folder that it makes', () => {
  const folder = join(tempFolder(), 'logs');
  const { stdout } = run(folder, `log.info({ url: 'redis://:hunter2@h' }, 'one'); log.warn('two')`);
  const text = readFileSync(join(folder, 'worker.log'), 'utf8');
  expect(text.split('\n')).toHaveLength(3);
  expect(text).toBe(stdout);
  expect(text).toContain('redis://:***@h');
});

test.each([
  ['an exit', 'process.exit(3)'],
  ['an error', `throw new Error('x')`],
  ['a SIGKILL', `process.kill(process.pid, 'SIGKILL')`],
])('the last lines are there after %s', (_, end) => {
  const folder = tempFolder();
  run(folder, `for (let i = 0; i < 500; i += 1) log.info({ i }, 'line'); ${end};`);
  const lines = readFileSync(join(folder, 'worker.log'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).i)).toEqual([...Array(500).keys()]);
});

test('a full file is set aside, and only the newest are kept', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'worker.notes.log'), 'not ours');
  const log = new LogFile(folder, 'worker', { maxBytes: 100, files: 3 });
  const names = new Set<string>();
  let lines = 0;
  while (names.size < 8) {
    log.write(`${String(lines).padStart(49, '0')}\n`);
    lines += 1;
    for (const name of readdirSync(folder)) names.add(name);
  }
  const kept = readdirSync(folder).filter((name) => name !== 'worker.notes.log');
  expect(kept).toHaveLength(3);
  expect(readdirSync(folder)).toContain('worker.notes.log');
  const text = kept
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
  const numbers = text.trimEnd().split('\n').map(Number);
  expect(numbers).toEqual(numbers.map((_, i) => lines - numbers.length + i));
});

test('processes that share a file lose no line and tear none, while it is set aside under them', async () => {
  const folder = tempFolder();
  const script = `const { LogFile } = await import(${JSON.stringify(module)});
    const log = new LogFile(${JSON.stringify(folder)}, 'worker', { maxBytes: 20_000, files: 1000 });
    for (let i = 0; i < 1500; i += 1) log.write(process.pid + ' ' + i + ' ' + 'x'.repeat(90) + '\\n');`;
  const children = [1, 2, 3].map(() => spawn(process.execPath, ['--input-type=module', '-e', script]));
  await Promise.all(children.map((child) => once(child, 'exit')));
  const files = readdirSync(folder);
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
  // Each process may have been about to write one line when the file became full.
  expect(Math.max(...files.map((name) => statSync(join(folder, name)).size))).toBeLessThan(20_000 + 3 * 110);
  expect(files.length).toBeGreaterThan(10);
  const expected = children.flatMap(({ pid }) =>
    Array.from({ length: 1500 }, (_, i) => `${pid} ${i} ${'x'.repeat(90)}`),
  );
  expect(lines.sort()).toEqual(expected.sort());
});

test('a file that an operator moves away is made again', () => {
  const folder = tempFolder();
  const log = new LogFile(folder, 'worker');
  log.write('one\n');
  renameSync(join(folder, 'worker.log'), join(folder, 'moved'));
  log.write('two\n');
  expect(readFileSync(join(folder, 'worker.log'), 'utf8')).toBe('two\n');
});

test('a folder that cannot be written stops nothing and is told once, on stderr', () => {
  const file = join(tempFolder(), 'file');
  writeFileSync(file, '');
  const { stdout, stderr, status } = run(join(file, 'logs'), `log.info('one'); log.info('two')`);
  expect(status).toBe(0);
  expect(String(stdout).trimEnd().split('\n')).toHaveLength(2);
  expect(String(stderr).match(/LOG_DIR: the log cannot be written to .*ENOTDIR/g)).toHaveLength(1);
});

test('a full disk stops nothing and is told once, on stderr', () => {
  // /dev/full takes no byte: ENOSPC.
  const folder = tempFolder();
  const script = `(await import('node:fs')).symlinkSync('/dev/full', ${JSON.stringify(join(folder, 'worker.log'))});
    log.info('one'); log.info('two')`;
  const { stdout, stderr, status } = run(folder, script);
  expect(status).toBe(0);
  expect(String(stdout).trimEnd().split('\n')).toHaveLength(2);
  expect(String(stderr).match(/LOG_DIR: .*ENOSPC/g)).toHaveLength(1);
});

test('the file is closed to others', () => {
  const folder = tempFolder();
  new LogFile(folder, 'worker').write('one\n');
  expect(statSync(join(folder, 'worker.log')).mode & 0o007).toBe(0);
});
