import { globSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const TOP = new URL('../../', import.meta.url);

const versions = z.record(z.string(), z.string()).default({});
const about = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string().default(''),
  license: z.string().default(''),
  engines: versions,
  exports: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  dependencies: versions,
  optionalDependencies: versions,
});
const lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional() })),
});

const read = (path: string) => about.parse(JSON.parse(readFileSync(new URL(path, TOP), 'utf8')));

/** Those whose programs are in the package. */
const SHIPPED = globSync('{apps/{cli,watcher,worker,dashboard,generator},libs/*}/package.json', {
  cwd: TOP.pathname,
})
  .filter((path) => !path.startsWith('libs/testkit/'))
  .sort();

const locked = lock.parse(JSON.parse(readFileSync(new URL('package-lock.json', TOP), 'utf8'))).packages;

/** The module that another one imports under the name of a workspace. */
export function workspace(name: string, sub: string | undefined): string {
  const folder = SHIPPED.map((path) => path.replace('/package.json', '')).find((path) =>
    path.endsWith(`/${name}`),
  );
  const { exports } = read(`${folder}/package.json`);
  const module = typeof exports === 'string' ? exports : exports?.[sub === undefined ? '.' : `./${sub}`];
  if (module === undefined) throw new Error(`@sluice/${name} exports no ${sub ?? 'module'}`);
  return `${folder}/${module.replace('./', '')}`;
}

/** The libraries of the programs, each with the version of the lock file. */
export function dependencies(): Record<string, string> {
  const found = SHIPPED.flatMap((path) =>
    Object.keys(read(path).dependencies).map((name) => [name, path.replace('package.json', '')] as const),
  );
  const pinned = found
    .filter(([name]) => !name.startsWith('@sluice/'))
    .map(([name, folder]) => {
      const at = locked[`${folder}node_modules/${name}`] ?? locked[`node_modules/${name}`];
      if (at?.version === undefined) throw new Error(`the lock file has no ${name}`);
      return [name, at.version] as const;
    });
  return Object.fromEntries(pinned.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The package.json of the package. */
export function manifest(): object {
  const { name, version, description, license, engines, optionalDependencies } = read('package.json');
  const programs = ['watcher', 'worker', 'dashboard', 'generator'];
  return {
    ...{ name, version, description, license, type: 'module', engines },
    os: ['linux'],
    bin: {
      sluice: 'bin/sluice.js',
      ...Object.fromEntries(programs.map((program) => [`sluice-${program}`, `bin/${program}.js`])),
    },
    files: ['bin', 'apps', 'libs', 'config', 'docs', '.cache/page.js', 'sbom.cdx.json', 'CHANGELOG.md'],
    dependencies: dependencies(),
    optionalDependencies,
    bundleDependencies: ['postgres'],
  };
}
