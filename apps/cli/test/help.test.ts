import { Program } from '@sluice/process/program';
import type { Command } from 'commander';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { COMMANDS, overview } from '../src/overview.ts';

const program = new Program('sluice');
let written = '';

beforeAll(async () => {
  program.configureOutput({ writeErr: (text) => (written += text) });
  for (const load of Object.values(COMMANDS)) (await load())(program);
  program.configureHelp(overview(program));
});

beforeEach(() => {
  written = '';
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  return () => vi.restoreAllMocks();
});

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

const path = (command: Command): string[] =>
  command.parent === null ? [] : [...path(command.parent), command.name()];

it('lists every command on one screen of 80 x 24', () => {
  program.outputHelp();
  const lines = written.trimEnd().split('\n');
  expect(lines.length).toBeLessThan(24);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  for (const name of Object.keys(COMMANDS)) expect(written).toMatch(new RegExp(`[ ,]${name}\\b`));
});

it('no line of any help is longer than 80 columns', () => {
  const long = withSubcommands(program).flatMap((command) => {
    written = '';
    command.outputHelp();
    const lines = written.split('\n').filter((line) => line.length > 80);
    return lines.map((line) => `${path(command).join(' ')}: ${line}`);
  });
  expect(long).toEqual([]);
});

it('tells of wrong usage what is wrong, how it is used and where the help is, and nothing else', async () => {
  for (const command of withSubcommands(program)) {
    written = '';
    const names = path(command);
    // It passes on what it does not know.
    if (names[0] === 'psql') continue;
    await expect(program.parseAsync([...names, '--turbo'], { from: 'user' })).rejects.toThrow('exit 2');
    expect(written).toMatch(/^error: (unknown option '--turbo'|required option .* not specified)\n/);
    expect(written).toContain(`Usage: ${['sluice', ...names].join(' ')} `);
    expect(written).toContain(`npm run sluice -- ${[...names, '--help'].join(' ')}\n`);
    expect(written.split('\n').length).toBeLessThan(12);
  }
  written = '';
  const many = Array.from({ length: 1000 }, (_, i) => `file_${i}.csv`);
  await expect(program.parseAsync(['status', ...many], { from: 'user' })).rejects.toThrow('exit 2');
  expect(written.split('\n').length).toBeLessThan(16);
});
