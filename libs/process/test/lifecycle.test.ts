import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';

const lifecycle = new URL('../src/lifecycle.ts', import.meta.url).href;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<unknown[]>;
}

/** Starts a tiny app whose `main` has the given body, and waits until it says that it is ready. */
async function start(body: string, { env = {}, options = '{}' } = {}): Promise<Started> {
  const script = `
    const { runApp } = await import(${JSON.stringify(lifecycle)});
    await runApp('tiny', {}, async ({ config, log, stopping }) => {
      const stopped = new Promise((resolve) => stopping.addEventListener('abort', resolve));
      log.info('ready');
      ${body}
    }, ${options});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.push(child);
  const closed = [child.stdout, child.stderr].map((stream) => stream && once(stream, 'close'));
  const ended = Promise.all([once(child, 'exit'), ...closed]).then(([exit]) => exit);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (text += data));
  await vi.waitFor(() => expect(text).toMatch(/ready|got /), { timeout: 10_000 });
  return { child, output: () => text, ended };
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends an app that returns, with 0', async (signal) => {
  const { child, ended, output } = await start('await stopped');
  child.kill(signal);
  expect(await ended).toEqual([0, null]);
  expect(output()).toContain(`"reason":"${signal}"`);
});

test('an app whose work is done ends with 0, or with the code that it has set', async () => {
  expect(await (await start('')).ended).toEqual([0, null]);
  expect(await (await start('process.exitCode = 1')).ended).toEqual([1, null]);
});

test('a second SIGINT exits at once with 130', async () => {
  const { child, ended } = await start('await new Promise(() => {})');
  const pressing = setInterval(() => child.kill('SIGINT'), 100);
  expect(await ended).toEqual([130, null]);
  clearInterval(pressing);
});

test('a Ctrl-C that npm passes on as well is one, not two', async () => {
  const { child, ended, output } = await start('await stopped; await new Promise((r) => setImmediate(r))');
  child.kill('SIGINT');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(output().match(/"stopping"/g)).toHaveLength(1);
});

test('an app that does not stop in time is ended with 1 and says so', async () => {
  const { child, ended, output } = await start('await new Promise(() => {})', {
    options: '{ stopWithin: 50 }',
  });
  child.kill('SIGTERM');
  expect(await ended).toEqual([1, null]);
  expect(output()).toContain('not stopped 50 ms after SIGTERM');
});

test('an app stops when its supervisor goes away', async () => {
  const { child, ended, output } = await start('await stopped');
  child.disconnect();
  expect(await ended).toEqual([0, null]);
  expect(output()).toContain('the supervisor went away');
});

test('an error of main is told with its stack, and a known one with its hint instead', async () => {
  const unknown = await start(`throw new TypeError('odd')`);
  expect(await unknown.ended).toEqual([1, null]);
  expect(unknown.output()).toMatch(/"level":"fatal".*"stack":"TypeError: odd.*tiny ends: odd/);

  const known = await start(`throw Object.assign(new Error('no Redis'), { hint: 'start one' })`);
  expect(await known.ended).toEqual([1, null]);
  expect(known.output()).toMatch(/"level":"fatal".*"hint":"start one".*tiny ends: no Redis/);
  expect(known.output()).not.toContain('stack');
});

test.each(['Promise.reject(new Error("lost"))', 'setImmediate(() => { throw new Error("lost") })'])(
  'an error that nobody caught ends the app with 1: %s',
  async (statement) => {
    const { ended, output } = await start(`${statement}; await stopped`);
    expect(await ended).toEqual([1, null]);
    expect(output()).toMatch(/"level":"fatal".*lost/);
  },
);

test('wrong settings end it with 2 and their lines on stderr', async () => {
  const { ended, output } = await start('', { env: { BATCH_ROWS: 'x', JOB_LOCK: 'y' } });
  expect(await ended).toEqual([2, null]);
  expect(output().trim().split('\n')).toHaveLength(2);
});

test('a closed stdout does not end it', async () => {
  const { child, ended, output } = await start(`
    process.on('SIGUSR2', () => { log.info('x'); console.log('y'); setImmediate(() => console.error('survived')); });
    await stopped`);
  child.stdout?.destroy();
  child.kill('SIGUSR2');
  await vi.waitFor(() => expect(output()).toContain('survived'), { timeout: 10_000 });
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
