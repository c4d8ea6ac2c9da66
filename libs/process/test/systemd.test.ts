import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '@sluice/testkit';
import { describe, expect, it } from 'vitest';
import { STOP_WITHIN_MS } from '../src/lifecycle.ts';
import { HEAP_FLAGS, THREADS } from '../src/node-limits.ts';
import { settings } from '../src/settings.ts';

const folder = join(import.meta.dirname, '../../../infra/systemd');
const NODE = '/opt/sluice/node_modules/.bin/node';
const units = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
const services = units.filter(({ name }) => name.endsWith('.service'));

/** The values of a key of a unit. */
const valuesOf = (text: string, key: string) =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);

describe('the units for systemd', () => {
  it('start each app as npm does, and wait until it has stopped', () => {
    const started = services.map(({ name, text }) => [name, ...valuesOf(text, 'ExecStart')]);
    const heap = HEAP_FLAGS.join(' ');
    expect(Object.fromEntries(started)).toEqual({
      'sluice-dashboard.service': `${NODE} --max-old-space-size=192 --disable-warning=ExperimentalWarning apps/dashboard/src/main.ts`,
      'sluice-migrate.service': `${NODE} apps/cli/src/main.ts migrate`,
      'sluice-watcher.service': `${NODE} ${heap} apps/watcher/src/main.ts`,
      'sluice-worker@.service': `${NODE} ${heap} apps/worker/src/main.ts`,
    });
    for (const { text } of services) {
      expect(Number(valuesOf(text, 'TimeoutStopSec')[0]) * 1000).toBeGreaterThan(STOP_WITHIN_MS);
      expect(text).toContain(` UV_THREADPOOL_SIZE=${THREADS.UV_THREADPOOL_SIZE}\n`);
    }
  });

  it('set only what are settings, and give each service the secrets of its own', () => {
    const known = settings.flatMap(({ env, secret }) => (secret === undefined ? [env] : [`${env}_FILE`]));
    for (const { name, text } of services) {
      const env = valuesOf(text, 'Environment').flatMap((line) => line.split(' '));
      const names = env.map((one) => one.split('=')[0] ?? '').filter((one) => one !== 'UV_THREADPOOL_SIZE');
      expect({ name, unknown: names.filter((one) => !known.includes(one)) }).toEqual({ name, unknown: [] });
      const loaded = valuesOf(text, 'LoadCredential').map((one) => one.split(':')[0]);
      const read = env.flatMap((one) => /_FILE=%d\/(.+)$/.exec(one)?.[1] ?? []);
      expect(read).toEqual(loaded);
      expect(loaded.includes('owner-url')).toBe(name === 'sluice-migrate.service');
      expect(loaded.includes('dashboard-password')).toBe(name === 'sluice-dashboard.service');
    }
  });

  it('are understood by systemd, where it is', ({ skip }) => {
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
      console.warn('SKIPPED: systemd-analyze does not verify the units, because it is not on this machine');
      skip();
    }
    const copies = tempFolder();
    // The clone in /opt is not there, and systemd looks for each program.
    for (const { name, text } of units)
      writeFileSync(join(copies, name), text.replaceAll(NODE, process.execPath));
    const files = units.map(({ name }) => join(copies, name.replace('@.', '@1.')));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...files], { encoding: 'utf8' });
    const own = stderr.split('\n').filter((line) => line.includes('sluice'));
    expect({ own, status }).toEqual({ own: [], status: 0 });
  });
});
