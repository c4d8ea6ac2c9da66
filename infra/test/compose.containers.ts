import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { z } from 'zod';
import { waitFor } from '../../libs/testkit/src/wait-for.ts';

const top = new URL('../..', import.meta.url).pathname;
const clone = mkdtempSync(join(tmpdir(), 'sluice-compose-'));
const project = `sluice-trial-${process.pid}`;
const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
if (!hasCompose)
  console.warn('SKIPPED: docker-compose.yml is not tried, because there is no Compose v2 here');

const env: Record<string, string> = {};
const run = async (command: string): Promise<string> => {
  const { stdout } = await promisify(execFile)('sh', ['-c', command], {
    cwd: clone,
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26,
  });
  return stdout.trim();
};

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(typeof address === 'object' ? address?.port : '');
}

/** The commands of the first block of a page that follows these words, as a reader would type them. */
function commandsAfter(page: string, words: string): string[] {
  const text = readFileSync(join(clone, page), 'utf8');
  const at = text.indexOf(words);
  expect(at, `${page} says ${JSON.stringify(words)}`).toBeGreaterThan(0);
  const [, block = ''] = /```sh\n(.*?)```/s.exec(text.slice(at)) ?? [];
  return block.split('\n').filter((line) => line !== '');
}

const targets = z.object({ data: z.object({ activeTargets: z.array(z.object({ health: z.string() })) }) });
const rules = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ name: z.string(), health: z.string() })) })),
  }),
});
const well = Array.from({ length: 7 }, () => 'ok').join();

const containersOf = async (service: string) => (await run(`docker compose ps -q ${service}`)).split('\n');
const isWell = async (container: string) =>
  (await run(`docker inspect -f '{{.State.Running}} {{.State.Health.Status}}' ${container}`)) ===
  'true healthy';

/** Kills the main process of a container as a fault would: an engine that is asked to kill does not start it again. */
async function kill(container: string): Promise<void> {
  const pid = await run(`docker inspect -f '{{.State.Pid}}' ${container}`);
  await run(`docker run --rm --pid host --user 0 --entrypoint sh "\${SLUICE_IMAGE}" -c 'kill -9 ${pid}'`);
}

const land = async (files: number) => {
  await run(`docker compose run --rm generator --files ${files} --interval 0`);
};

/** Waits until all is loaded, and proves it from inside. */
async function provenClean(): Promise<string> {
  const wellAgain = async () => {
    const { status } = spawnSync('sh', ['-c', 'docker compose exec -T dashboard sluice drain'], {
      ...{ cwd: clone, env: { ...process.env, ...env }, encoding: 'utf8' },
    });
    return status === 0;
  };
  await waitFor(wellAgain, { what: 'a drain that ends well', timeoutMs: 300_000 });
  const proof = await run('docker compose exec -T dashboard sluice verify');
  expect(proof).toContain('Proof holds');
  return proof;
}

describe.skipIf(!hasCompose)('docker-compose.yml, on a fresh clone', () => {
  beforeAll(async () => {
    spawnSync('git', ['clone', '--quiet', top, clone]);
    Object.assign(env, {
      COMPOSE_PROJECT_NAME: project,
      DASHBOARD_PORT: await freePort(),
      PROMETHEUS_PORT: await freePort(),
      GRAFANA_PORT: await freePort(),
      // An image that is there already is used: SLUICE_IMAGE=sluice npm run test:containers -- compose
      SLUICE_IMAGE: process.env.SLUICE_IMAGE ?? project,
      FLUSH_INTERVAL: '5s',
    });
  });

  afterAll(async () => {
    await run('docker compose --profile monitoring --profile demo down --volumes --remove-orphans');
    if (process.env.SLUICE_IMAGE === undefined) await run(`docker image rm ${project}`);
    rmSync(clone, { recursive: true, force: true });
  });

  const told = () =>
    onTestFailed(async () => console.error(await run('docker compose ps -a; docker compose logs --tail 40')));

  it('runs by the commands of the README, with four workers, under accounts that are not root', async () => {
    told();
    const commands = commandsAfter('README.md', 'In containers, with their own PostgreSQL');
    expect(commands[0]).toContain('infra/docker/passwords.sh');
    for (const command of commands) await run(command);
    expect(await containersOf('worker')).toHaveLength(4);
    for (const service of ['watcher', 'worker', 'dashboard'])
      expect(await run(`docker compose exec -T ${service} id -u`)).toBe('1000');
    const inside = (await run('docker compose exec -T worker ls apps libs node_modules')).split(/\s+/);
    for (const name of ['bench', 'chaos', 'testkit', 'vitest', 'typescript', 'testcontainers'])
      expect(inside).not.toContain(name);
    await expect(run('docker compose exec -T worker touch /app/x')).rejects.toThrow('Read-only file system');
    const page = await fetch(`http://127.0.0.1:${env.DASHBOARD_PORT}/readyz?verbose`);
    expect(await page.text()).toBe('[+] postgres ok\n[+] migrations ok\n[+] redis ok\nok\n');
  });

  it('loads 200 files, and proves it, by the commands of docs/deploy.md', async () => {
    told();
    const [generate, ...rest] = commandsAfter('docs/deploy.md', 'To write 200 sample files');
    await run(generate ?? '');
    for (const command of rest) await run(command);
    expect(await provenClean()).toContain('200 files');
  });

  it.each(['redis', 'worker', 'watcher', 'postgres', 'dashboard'])(
    'loses nothing when %s is killed',
    async (service) => {
      told();
      const [container = ''] = await containersOf(service);
      await land(30);
      await kill(container);
      await waitFor(() => isWell(container), { what: `${service} to be well again`, timeoutMs: 180_000 });
      await provenClean();
    },
  );

  it.each([
    ['worker', 'staging'],
    ['worker', 'database'],
    ['watcher', 'database'],
  ])('loses nothing when a %s loses the network %s for a while', async (service, network) => {
    told();
    const [container = ''] = await containersOf(service);
    await run(`docker network disconnect ${project}_${network} ${container}`);
    await land(30);
    await run(`docker network connect ${project}_${network} ${container}`);
    await provenClean();
  });

  it('loses nothing when a worker has too little memory', async () => {
    told();
    const [container = ''] = await containersOf('worker');
    await run(`docker update --memory 96m --memory-swap 96m ${container}`);
    await kill(container);
    await land(60);
    await provenClean();
    await run(`docker update --memory 512m --memory-swap 512m ${container}`);
  });

  it('is measured by Prometheus, which finds every process and has an answer to each alert', async () => {
    told();
    await run('docker compose --profile monitoring up -d --wait --scale worker=4');
    const ask = async (path: string): Promise<unknown> =>
      await (await fetch(`http://127.0.0.1:${env.PROMETHEUS_PORT}/api/v1/${path}`)).json();
    await waitFor(
      async () => {
        const { data } = targets.parse(await ask('targets'));
        return data.activeTargets.map(({ health }) => health).join() === 'up,up,up,up,up,up';
      },
      { what: 'four workers, the watcher and the dashboard to be measured', timeoutMs: 120_000 },
    );
    await waitFor(
      async () => {
        const { data } = rules.parse(await ask('rules'));
        return data.groups.flatMap((group) => group.rules.map(({ health }) => health)).join() === well;
      },
      { what: 'every rule to have been asked once', timeoutMs: 120_000 },
    );
  });
});
