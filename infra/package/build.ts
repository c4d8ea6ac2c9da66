import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCRIPT } from '../../apps/dashboard/src/page-script.ts';
import { inventory } from './inventory.ts';
import { dependencies, manifest, workspace } from './manifest.ts';

const TOP = fileURLToPath(new URL('../../', import.meta.url));

/** What the package has besides the programs. */
const OTHERS = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'docs/*.md',
  'config/feeds/*',
  'config/*.sql',
  'config/sluice.env.example',
  'apps/dashboard/page/**/*.*',
  'apps/cli/demo/*',
  '{apps,libs}/*/src/**/*.{sql,lua,html,css,js}',
];

/** What the texts of the programs call, by what it is called in an installed package. */
const CALLS: readonly (readonly [RegExp, string])[] = [
  [/npm run \$\{script\} -- /g, ['npx $', "{script === 'sluice' ? script : 'sluice-' + script} "].join('')],
  [/npm run (?:--silent )?sluice -- /g, 'npx sluice '],
  [/npm run (?:--silent )?sluice\b/g, 'npx sluice'],
  [/npm run (watcher|worker|dashboard)(?: --(?= ))?/g, 'npx sluice-$1'],
  [/npm run generate(?: --(?= ))?/g, 'npx sluice-generator'],
  [/npm start(?: --(?= ))?/g, 'npx sluice start'],
];

/**
 * Builds the package that `npm pack` packs: the tree of the sources without their types, because Node runs no TypeScript below
 * node_modules. The patched driver of PostgreSQL is in it; every other library is a dependency of the version that the lock file has.
 * The same sources give the same files.
 */
export function buildPackage(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const name of globSync(OTHERS, { cwd: TOP }).filter(isShipped))
    put(folder, name, readFileSync(join(TOP, name)));
  for (const name of globSync('{apps,libs}/*/src/**/*.ts', { cwd: TOP }).filter(isShipped))
    put(folder, name.replace(/\.ts$/, '.js'), asJavaScript(name));
  for (const name of globSync('infra/package/bin/*.js', { cwd: TOP }))
    put(folder, name.replace('infra/package/', ''), readFileSync(join(TOP, name)), 0o755);
  if (existsSync(SCRIPT)) put(folder, relative(TOP, SCRIPT), readFileSync(SCRIPT));
  // Without the time of the installation, which its folder has.
  for (const name of globSync('node_modules/postgres/{package.json,UNLICENSE,src/*.js,types/*}', {
    cwd: TOP,
  }))
    put(folder, name, readFileSync(join(TOP, name)));
  put(folder, 'package.json', `${JSON.stringify(manifest(), null, 2)}\n`);
  put(folder, 'sbom.cdx.json', `${JSON.stringify(inventory(dependencies()), null, 2)}\n`);
}

/** The tools of developers are left out. */
function isShipped(name: string): boolean {
  return !/^(?:apps\/(?:bench|chaos)|libs\/testkit)\//.test(name) && !name.includes('/node_modules/');
}

function put(folder: string, name: string, content: Buffer | string, mode = 0o644): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

function asJavaScript(name: string): string {
  let code = stripTypeScriptTypes(readFileSync(join(TOP, name), 'utf8'));
  code = code.replace(
    /(\bfrom |\bimport |\bimport\(|\bnew URL\()'((?:\.{1,2}\/|@sluice\/)[^'\n]+)'/g,
    (_, before: string, path: string) => `${before}'${resolved(name, path)}'`,
  );
  code = code.replaceAll('/src/main.ts`', '/src/main.js`');
  for (const [call, installed] of CALLS) code = code.replaceAll(call, installed);
  return code;
}

/** A relative path, because the workspaces are no packages of their own there. */
function resolved(from: string, path: string): string {
  if (!path.startsWith('@sluice/')) return path.replace(/\.ts$/, '.js');
  const [, , name = '', sub] = /^(@sluice\/)([\w-]+)(?:\/([\w-]+))?$/.exec(path) ?? [];
  const target = relative(dirname(from), workspace(name, sub)).replace(/\.ts$/, '.js');
  return target.startsWith('.') ? target : `./${target}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? join(TOP, '.cache/package');
  buildPackage(folder);
  process.stdout.write(`${folder}\n`);
}
