import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { tempFolder } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { builtIn, freshPrograms, stateOf, TOP } from '../src/built.ts';
import { version } from '../src/version.ts';

const MAIN = fileURLToPath(new URL('apps/cli/src/main.ts', TOP));

/** A project whose programs were built from two files. */
function project() {
  const folder = tempFolder();
  const top = pathToFileURL(`${folder}/`);
  const { folder: built, madeFrom } = builtIn(top);
  mkdirSync(join(folder, '.cache'));
  for (const name of ['a.ts', 'b.ts']) writeFileSync(join(folder, name), 'before');
  writeFileSync(madeFrom, stateOf(['a.ts', 'b.ts'], top));
  return { top, built, madeFrom, a: join(folder, 'a.ts') };
}

test('the built programs are used while the files that they were made from are the same', () => {
  const { top, built } = project();
  expect(freshPrograms(top)?.href).toBe(built.href);
});

test.each<[string, (made: ReturnType<typeof project>) => void]>([
  ['a file has another size', ({ a }) => writeFileSync(a, 'after it')],
  ['a file was written again', ({ a }) => utimesSync(a, new Date(), new Date(1))],
  ['a file is gone', ({ a }) => rmSync(a)],
  ['nothing was built', ({ madeFrom }) => rmSync(madeFrom)],
  ['the list was cut off', ({ madeFrom }) => writeFileSync(madeFrom, '')],
])('the source is used when %s', (_, change) => {
  const made = project();
  change(made);
  expect(freshPrograms(made.top)).toBeUndefined();
});

test('the tests start the built programs, and the source beside a module that is loaded before', () => {
  const teller = join(tempFolder(), 'teller.cjs');
  writeFileSync(
    teller,
    `const loaded = [];
    require('node:module').registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    process.on('exit', () => console.log(loaded.some((url) => url.endsWith('/.cache/sluice/sluice.js')) ? 'built' : 'source'));`,
  );
  const run = (...flags: string[]) =>
    spawnSync(process.execPath, ['--require', teller, ...flags, MAIN, '--version'], { encoding: 'utf8' });
  expect(run().stdout).toBe(`${version}\nbuilt\n`);
  expect(run('--import', 'data:text/javascript,').stdout).toBe(`${version}\nsource\n`);
  // The crash lab stops what is run by users, at its kill points.
  const killPoints = new URL('../src/kill-points.ts', import.meta.url).href;
  const arm = `data:text/javascript,import { onKillPoint } from ${JSON.stringify(killPoints)}; onKillPoint(() => {});`;
  expect(run('--import', arm).stdout).toBe(`${version}\nbuilt\n`);
  expect(run('--import', arm, '--import', 'data:text/javascript,').stdout).toBe(`${version}\nsource\n`);
});
