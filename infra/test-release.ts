import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackage } from './package/build.ts';

// Packs the package, installs it by npm in an empty folder, and lets it do the main job there: `npm run test:release`. It needs
// the registry of npm, and about a minute.

const work = mkdtempSync(join(tmpdir(), 'sluice-release-'));
const { PATH, HOME } = process.env;

/** Runs a command in a folder without anything of this project in its environment, and returns what it wrote. */
function run(folder: string, command: string, ...args: string[]): string {
  process.stderr.write(`> ${command} ${args.join(' ')}\n`);
  const path = PATH?.split(':')
    .filter((one) => !one.includes('node_modules'))
    .join(':');
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: path, HOME },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

function expects(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`got:\n${text}\ninstead of ${pattern}`);
}

let failed = false;
try {
  buildPackage(join(work, 'package'));
  const [file] = run(join(work, 'package'), 'npm', 'pack', '--silent').trim().split('\n');
  const installation = mkdtempSync(join(work, 'empty-'));
  writeFileSync(join(installation, 'package.json'), '{ "private": true }\n');
  run(installation, 'npm', 'install', '--no-audit', '--no-fund', join(work, 'package', file ?? ''));
  const { version } = JSON.parse(readFileSync(join(work, 'package/package.json'), 'utf8'));
  expects(run(installation, 'npx', 'sluice', '--version'), new RegExp(`^${RegExp.escape(version)}\n$`));
  expects(run(installation, 'npx', 'sluice', 'start', '--once', '--files', '5'), /Proof holds: 5 files/);
  process.stdout.write(
    'the packed package is installed in an empty folder and loads files there\n1 passed, 0 failed\n',
  );
} catch (error) {
  failed = true;
  process.stderr.write(`${error instanceof Error ? error.message : error}\n0 passed, 1 failed\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
