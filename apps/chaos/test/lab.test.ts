import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tempFolder, waitFor } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { runLab } from '../src/lab.ts';
import { FAULT_KINDS } from '../src/plan.ts';
import { asTable } from '../src/report.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('under all kinds of faults each row of five feeds is there once, each file where it belongs, and all is drained', {
  timeout: 240_000,
}, async () => {
  const verdict = await runLab({
    seed: 11,
    kills: 12,
    faults: FAULT_KINDS,
    files: 20,
    rows: 60,
    feeds: 5,
    say: () => undefined,
    stopping: new AbortController().signal,
  });
  expect(verdict.held, asTable(verdict)).toBe(true);
  expect(verdict.killed).toBeGreaterThanOrEqual(12);
  expect(verdict.faults.kill).toEqual({ planned: 12, done: 12 });
  for (const [what, least] of [
    ['missing', 500],
    ['feeds', 300],
  ] as const)
    expect(verdict.findings.find(({ invariant }) => invariant === what)?.checked).toBeGreaterThan(least);
});

function startChaos(temporary: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, '--no-take-over', ...args], {
    env: { PATH: process.env.PATH, TMPDIR: temporary },
    stdio: 'ignore',
    cwd: temporary,
  });
}

/** Processes that work in a folder, their starter aside. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`);
    } catch {
      return false; // It ended meanwhile.
    }
  });
}

test.each(['SIGINT', 'SIGKILL'] as const)(
  'a run that ends by %s leaves no process and no file behind',
  async (signal) => {
    const temporary = tempFolder();
    const chaos = startChaos(temporary, '--seed', '1', '--faults', 'pause,disk-full', '--kills', '400');
    const apps = 5;
    const servers = 2;
    await waitFor(() => processesIn(temporary).length > apps + servers, { what: 'the apps and the servers' });
    chaos.kill(signal);
    await once(chaos, 'exit');
    await waitFor(() => processesIn(temporary).length === 0, { what: 'the end of all processes' });
    await waitFor(() => readdirSync(temporary).length === 0, { what: 'an empty temporary folder' });
  },
);

test('wrong options are refused with what is allowed, before anything starts', async () => {
  const chaos = spawn(process.execPath, [MAIN, '--faults', 'kill,earthquake'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  chaos.stderr.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const [code] = await once(chaos, 'exit');
  expect(code).toBe(2);
  expect(text).toContain('"earthquake"; allowed: kill,pause,redis-wipe');
});
