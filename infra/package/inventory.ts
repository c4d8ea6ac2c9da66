import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAMS = ['cli', 'watcher', 'worker', 'dashboard', 'generator'];

/** Their package.json names the MIT licence in a form that npm no longer reads. */
const MIT_IN_OLD_FORM = new Set(['ssh2', 'buildcheck', 'cpu-features']);

const component = z.looseObject({
  'bom-ref': z.string(),
  purl: z.string(),
  name: z.string(),
  externalReferences: z.array(z.looseObject({ type: z.string() })).optional(),
  licenses: z
    .array(
      z.looseObject({
        license: z.looseObject({ id: z.string().optional() }).optional(),
        expression: z.string().optional(),
      }),
    )
    .optional(),
});
const bom = z.looseObject({
  metadata: z.looseObject({ component }),
  components: z.array(component),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).default([]) })),
});

type Inventory = z.output<typeof bom>;

/**
 * All libraries of the package with versions, hashes and licences, as CycloneDX. What differs between two runs is left out: the
 * serial number, the time, and where the machine that built it fetched a package.
 */
export function inventory(direct: Readonly<Record<string, string>>): Inventory {
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'];
  const workspaces = PROGRAMS.flatMap((name) => ['-w', `apps/${name}`]);
  const { status, stdout, stderr } = spawnSync('npm', [...args, ...workspaces], {
    cwd: TOP,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  const { serialNumber: _, ...found } = bom.parse(JSON.parse(stdout));
  const { timestamp: __, ...metadata } = found.metadata;
  // npm's own choice of what is not for development leaves out what both kinds need.
  const needs = new Map(found.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const shipped = new Set(Object.entries(direct).map(([name, version]) => `${name}@${version}`));
  for (const ref of shipped) for (const needed of needs.get(ref) ?? []) shipped.add(needed);
  const components = found.components
    .filter((one) => shipped.has(one['bom-ref']))
    .map((one) => ({
      ...one,
      ...(MIT_IN_OLD_FORM.has(one.name) && { licenses: [{ license: { id: 'MIT' } }] }),
      externalReferences: one.externalReferences?.filter(({ type }) => type !== 'distribution'),
    }));
  return {
    ...found,
    metadata: { ...metadata, component: { ...metadata.component, name: 'sluice' } },
    dependencies: found.dependencies.filter(({ ref }) => shipped.has(ref)),
    components: components.sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
  };
}
