import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '@sluice/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildPackage } from '../package/build.ts';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(TOP, 'package.json'), 'utf8'));

/** Licences that may be passed on with a program under the MIT licence. */
const LICENCES = /^(?:MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense)$/;

/** Paths, modes and hashes of all files of a folder. */
function filesOf(folder: string): string[] {
  const names = globSync('**/*', { cwd: folder }).concat(globSync('.cache/**/*', { cwd: folder }));
  return names
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
    .map((name) => {
      const mode = statSync(join(folder, name)).mode.toString(8);
      return `${name} ${mode} ${createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex')}`;
    });
}

describe('the package', () => {
  let folder: string;
  beforeAll(() => {
    folder = join(tempFolder(), 'sluice');
    buildPackage(folder);
  });

  test('built twice has the same files, which no tool of developers is among', () => {
    const again = join(tempFolder(), 'sluice');
    buildPackage(again);
    const files = filesOf(folder);
    expect(filesOf(again)).toEqual(files);
    expect(files.length).toBeGreaterThan(500);
    expect(files.filter((name) => /chaos|bench|testkit|\/test\//.test(name))).toEqual([]);
    expect(files.filter((name) => /^(?:libs|apps\/\w+\/src).*\.ts /.test(name))).toEqual([]);
  });

  test('names all of its libraries with versions and licences that may be passed on', () => {
    const { bomFormat, metadata, components } = JSON.parse(
      readFileSync(join(folder, 'sbom.cdx.json'), 'utf8'),
    );
    expect([bomFormat, metadata.component.name, metadata.component.version]).toEqual([
      'CycloneDX',
      'sluice',
      version,
    ]);
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const listed = components.map((one: { purl: string }) => decodeURIComponent(one.purl));
    for (const [name, of] of Object.entries(dependencies)) expect(listed).toContain(`pkg:npm/${name}@${of}`);
    const licences = components.flatMap((one: { purl: string; licenses?: { license?: { id?: string } }[] }) =>
      (one.licenses ?? [{}]).map(({ license }) => `${license?.id}`),
    );
    expect(licences.filter((licence: string) => !LICENCES.test(licence))).toEqual([]);
  });

  test('runs the main job: "sluice start" loads files, proves it, and speaks of itself as it is called', async () => {
    // Stands for the installation, which "npm run test:release" makes by npm.
    for (const name of globSync(['*', '@*/*'], { cwd: join(TOP, 'node_modules') })) {
      if (name === 'postgres' || name === '@sluice' || name.startsWith('@sluice/') || /^@[^/]+$/.test(name))
        continue;
      mkdirSync(join(folder, 'node_modules', name, '..'), { recursive: true });
      symlinkSync(join(TOP, 'node_modules', name), join(folder, 'node_modules', name));
    }
    const cwd = tempFolder();
    const { PATH } = process.env;
    const run = spawn(process.execPath, [join(folder, 'bin/sluice.js'), 'start', '--once', '--files', '3'], {
      cwd,
      env: { PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [run.stdout, run.stderr])
      stream.on('data', (data: Buffer) => (said += data.toString()));
    const [code] = await once(run, 'close');
    expect(said).toMatch(/Proof holds: 3 files/);
    expect(code).toBe(0);
    const help = spawnSync(process.execPath, [join(folder, 'bin/sluice.js'), 'status', '--help'], {
      encoding: 'utf8',
      env: { PATH },
    });
    expect(help.stdout).toContain('npx sluice status');
    expect(said + help.stdout).not.toContain('npm run');
  });
});

test('the change log begins with what is not released, or with this version', () => {
  const [, first = ''] = /^## \[?(v?[\w.-]+)/m.exec(readFileSync(join(TOP, 'CHANGELOG.md'), 'utf8')) ?? [];
  expect(['Unreleased', version]).toContain(first);
});

test('each workspace and the image have the version of the whole', () => {
  for (const name of globSync('{apps,libs}/*/package.json', { cwd: TOP }))
    expect(JSON.parse(readFileSync(join(TOP, name), 'utf8')).version, name).toBe(version);
  const image = readFileSync(join(TOP, 'infra/docker/Dockerfile'), 'utf8');
  expect(image).toContain(`org.opencontainers.image.version="${version}"`);
  expect(image).toContain('org.opencontainers.image.licenses="MIT"');
});
