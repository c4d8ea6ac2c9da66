import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// These files also run where the Node of the system is too old for the programs.
const NEEDED = 24;

/** Node 24 or newer: the one that runs this, or the one that npm installed with the package. */
function node() {
  if (Number.parseInt(process.versions.node, 10) >= NEEDED) return process.execPath;
  try {
    const found = createRequire(import.meta.url).resolve(`node-linux-${process.arch}/package.json`);
    return join(dirname(found), 'bin', 'node');
  } catch {
    process.stderr.write(`Sluice needs Node ${NEEDED}, and this is ${process.versions.node}: install it.\n`);
    process.exit(2);
  }
}

/** Runs a program of the package with these flags of Node, and ends as it ends. */
export function run(app, flags = []) {
  const main = fileURLToPath(new URL(`../apps/${app}/src/main.js`, import.meta.url));
  const env = { UV_THREADPOOL_SIZE: '16', ...process.env };
  const child = spawn(node(), [...flags, main, ...process.argv.slice(2)], { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to both. A supervisor's signal goes on to the program, which stops in order.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? code : 1);
  });
}
