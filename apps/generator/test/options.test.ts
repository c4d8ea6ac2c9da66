import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addGeneratorOptions, readGeneratorOptions } from '../src/options.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const read = (...args: string[]) =>
  readGeneratorOptions(addGeneratorOptions(new Command()).parse(args, { from: 'user' }).opts());

test('without options the defaults hold', () => {
  expect(read()).toEqual({ interval: 2, rows: { min: 50, max: 100 }, duplicates: 0.02, malformed: 0.01 });
});

test('all options are read', () => {
  const args = '--interval 0.1 --rows 7 --files 3 --seed 0 --duplicates 0.5 --malformed 0.5 --out d'.split(
    ' ',
  );
  const rows = { min: 7, max: 7 };
  expect(read(...args)).toEqual({
    interval: 0.1,
    rows,
    files: 3,
    seed: 0,
    duplicates: 0.5,
    malformed: 0.5,
    out: 'd',
  });
  expect(read('--interval', '0').interval).toBe(0);
});

test.each([
  ['interval', '0.05'],
  ['interval', 'fast'],
  ['rows', '100-50'],
  ['rows', '0'],
  ['rows', 'x'],
  ['files', '0'],
  ['files', '1.5'],
  ['seed', '-1'],
  ['duplicates', '1.1'],
  ['malformed', '0.99'],
])('--%s %s is refused with what is allowed', (name, value) => {
  const at = name === 'malformed' ? 'duplicates' : name;
  expect(() => read(`--${name}`, value)).toThrow(new RegExp(`^--${at}: got "[^"]*"; allowed: [^\\n]+$`));
});

test('the program ends with 2 and a line per mistake, also on an unknown option', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  const wrong = run('--rows', 'x', '--files', '0');
  expect([wrong.status, wrong.stderr.trim().split('\n').length]).toEqual([2, 2]);
  expect(run('--nope').status).toBe(2);
  expect(run('--help').status).toBe(0);
});
