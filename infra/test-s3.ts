import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

// Runs the tests of a source against real S3-compatible servers: npm run test:s3. A server that is not installed is SKIPPED and never
// passed. Install them by hand:
//   go install github.com/versity/versitygw/cmd/versitygw@latest
//   pip install 'moto[server,s3]'

interface Server {
  readonly name: string;
  readonly program: string;
  readonly install: string;
  args(port: number, folder: string): readonly string[];
}

const SERVERS: readonly Server[] = [
  {
    name: 'versitygw',
    program: 'versitygw',
    install: 'go install github.com/versity/versitygw/cmd/versitygw@latest',
    args: (port, folder) => [
      ...['--port', `127.0.0.1:${port}`, '--access', 'key', '--secret', 'secret'],
      ...['posix', '--versioning-dir', join(folder, 'versions'), join(folder, 'data')],
    ],
  },
  {
    name: 'moto',
    program: 'moto_server',
    install: "pip install 'moto[server,s3]'",
    args: (port) => ['-H', '127.0.0.1', '-p', String(port)],
  },
];

const ENV = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' };

function pathOf(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(homedir(), 'go', 'bin')];
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false; // not in this folder
      }
    });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function untilItAnswers(endpoint: string): Promise<void> {
  for (let i = 0; i < 100; i += 1) {
    if ((await fetch(endpoint).catch(() => undefined)) !== undefined) return;
    await delay(200);
  }
  throw new Error(`${endpoint} does not answer`);
}

/** True when all tests pass. */
async function run({ name, args }: Server, path: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-s3-'));
  for (const one of ['data', 'versions']) mkdirSync(join(folder, one));
  const port = await freePort();
  const server = spawn(path, args(port, folder), { stdio: 'ignore', env: { ...process.env, ...ENV } });
  const ended = once(server, 'exit');
  try {
    const endpoint = `http://127.0.0.1:${port}`;
    await untilItAnswers(endpoint);
    const tests = spawn('npx', ['vitest', 'run', '--config', 'infra/vitest.s3.config.ts'], {
      stdio: 'inherit',
      env: { ...process.env, ...ENV, S3_SERVER: endpoint, S3_NAME: name },
    });
    const [code] = await once(tests, 'exit');
    return code === 0;
  } finally {
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

const results: string[] = [];
for (const server of SERVERS) {
  const path = pathOf(server.program);
  if (path === undefined) results.push(`${server.name}: SKIPPED, not installed (${server.install})`);
  else results.push(`${server.name}: ${(await run(server, path)) ? 'passed' : 'FAILED'}`);
}
process.stdout.write(`\n${results.join('\n')}\n`);
if (results.some((result) => result.endsWith('FAILED'))) process.exitCode = 1;
