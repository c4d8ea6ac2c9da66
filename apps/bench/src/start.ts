import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './figures.ts';

/** The first start makes the servers' data, and the first command compiles its code: both are measured from the second time on. */
export interface Start {
  /** From `npm start` to its banner, and from `status` to its end, in seconds. */
  readonly banner: number;
  readonly status: number;
  readonly rounds: readonly { readonly banner: number; readonly status: number }[];
  /** What the development install takes, in MB (10^6 bytes on the disk). */
  readonly nodeModulesMb: number;
}

const TOP = fileURLToPath(new URL('../../../', import.meta.url));
/** Stands in the banner, and nowhere before it. */
const IN_BANNER = 'npm run sluice -- verify';
const BANNER_WITHIN_MS = 120_000;
const DISK_BLOCK = 512;

/** Starts everything as a user does, several times, and asks for its state. */
export async function measureStart(rounds: number): Promise<Start> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    const env = { ...process.env, DATA_DIR: dataDir, DASHBOARD_PORT: String(await freePort()) };
    const measured: { banner: number; status: number }[] = [];
    for (let i = 0; i <= rounds; i += 1) {
      const began = performance.now();
      const child = spawn('npm', ['start'], {
        cwd: TOP,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      try {
        await untilBanner(child);
        const banner = (performance.now() - began) / 1000;
        await status(env);
        const asked = performance.now();
        await status(env);
        if (i > 0) measured.push({ banner, status: (performance.now() - asked) / 1000 });
      } finally {
        await stop(child);
      }
    }
    const of = (name: 'banner' | 'status') => median(measured.map((round) => round[name]));
    const nodeModulesMb = bytesBelow(join(TOP, 'node_modules')) / 1e6;
    return { banner: of('banner'), status: of('status'), rounds: measured, nodeModulesMb };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function untilBanner(child: ChildProcess): Promise<void> {
  const late = AbortSignal.timeout(BANNER_WITHIN_MS);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => {
      output += data.toString();
      if (output.includes(IN_BANNER)) child.emit('banner');
    });
  const ended = once(child, 'exit', { signal: late }).then(() => {
    throw new Error(`npm start ended without a banner; it wrote:\n${output}`);
  });
  await Promise.race([once(child, 'banner', { signal: late }), ended]);
  ended.catch(() => undefined);
}

/** Stops npm and what it has started: they are a group of processes. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = once(child, 'close');
  process.kill(-child.pid, 'SIGINT');
  await ended;
}

async function status(env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, ['apps/cli/src/main.ts', 'status'], {
    cwd: TOP,
    env,
    stdio: 'ignore',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  // 1 says that something needs a person, such as a first password.
  if (code !== 0 && code !== 1) throw new Error(`"status" ended with ${code}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytesBelow(path) : lstatSync(path).blocks * DISK_BLOCK);
  }, 0);
}
