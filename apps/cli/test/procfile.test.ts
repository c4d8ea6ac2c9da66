import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder, waitFor } from '@sluice/testkit';
import { expect, it, onTestFinished } from 'vitest';
import type { Place } from './cli.ts';

const program = new URL('../../../infra/procfile.ts', import.meta.url).pathname;

function procfile(place: Place, ...counts: string[]) {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, ...place };
  const child = spawn(process.execPath, [program, ...counts], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  /** The names of what ran, once all of it has ended. */
  const ran = once(child, 'close').then(() =>
    [...output.matchAll(/^\[(\S+)\s*\]/gm)].map(([, name]) => name),
  );
  return { stop: () => child.kill(), ran };
}

it('the Procfile starts no generator unless it is asked for one', async () => {
  // A folder named here wins over that of a .env, which the programs read where they are started.
  const folder = join(tempFolder(), 'input_data');
  const place = { SOURCE_DIR: folder };
  // With a wrong setting they end by themselves, before they reach for a server.
  const ran = await procfile({ ...place, BATCH_ROWS: '0' }).ran;
  expect([...new Set(ran)].sort()).toEqual(['dashboard.1', 'watcher.1', 'worker.1']);
  expect(existsSync(folder)).toBe(false);

  const asked = procfile(place, 'generator=1', 'watcher=0', 'worker=0', 'dashboard=0');
  await waitFor(() => existsSync(folder) && readdirSync(folder).length > 0, { what: 'a generated file' });
  asked.stop();
  expect(new Set(await asked.ran)).toEqual(new Set(['generator.1']));
});

it('tells of an option that it has not, or a wrong count, how it is called', () => {
  for (const given of [['--workers', '4'], ['workers=4']]) {
    const { status, stderr } = spawnSync(process.execPath, [program, ...given], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^error: .*workers.*(\n.*)?\n\nUsage: procfile .* such as worker=4.*\nHelp: {2}npm run procfile/,
    );
  }
});
