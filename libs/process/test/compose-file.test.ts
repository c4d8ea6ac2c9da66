import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { HEAP_FLAGS } from '../src/node-limits.ts';
import { settings } from '../src/settings.ts';

const texts = z.array(z.string());

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      command: texts.default([]),
      volumes: texts.default([]),
      secrets: texts.default([]),
      networks: texts.default([]),
      ports: texts.default([]),
      profiles: texts.default([]),
      environment: z.record(z.string(), z.coerce.string()).default({}),
      read_only: z.boolean().default(false),
      cap_drop: texts.default([]),
      security_opt: texts.default([]),
      mem_limit: z.string().optional(),
      restart: z.string().optional(),
      healthcheck: z.object({ test: texts }).optional(),
      network_mode: z.string().optional(),
    }),
  ),
  networks: z.record(z.string(), z.object({ internal: z.boolean() }).nullable()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

const top = join(import.meta.dirname, '../../..');
const { services, networks, secrets } = composeSchema.parse(
  parse(readFileSync(join(top, 'docker-compose.yml'), 'utf8'), { merge: true }),
);
const all = Object.entries(services);
const apps = all.filter(([, { image }]) => image.includes('sluice'));

/** What the file decides for a container, or leaves out there, whatever .env says; each with the reason. */
const decidedByTheFile: Readonly<Record<string, string>> = {
  DATABASE_URL: 'PostgreSQL is a service of the file, which PGHOST and the other parts name',
  DATABASE_OWNER_URL: 'migrate is the one service that works as the owner, by the parts',
  REDIS_URL: 'Redis is a service of the file, and its address comes from a file of secrets',
  DATA_DIR: 'the volume is mounted at its default',
  FEEDS_DIR: 'config/feeds is mounted at its default',
  DASHBOARD_HOST: 'a container has to listen on its own address; what is published is 127.0.0.1 alone',
  DASHBOARD_PORT: 'it is the port that is published, not the one in the container',
  DASHBOARD_PASSWORD: 'it comes from a file of secrets',
  METRICS_HOST: 'a container has to listen on its own address',
  METRICS_PORT: 'each container has ports of its own, and Prometheus asks at this one',
  METRICS_TOKEN: 'it comes from a file of secrets',
};

/** What one service alone needs to know, and no other gets. */
const forOneAlone: Readonly<Record<string, string>> = {
  DATABASE_READ_URL: 'dashboard',
  DASHBOARD_READ_ONLY: 'dashboard',
  TRUST_PROXY: 'dashboard',
  ALERT_WEBHOOK: 'dashboard',
};

/** The variables in the feeds that Sluice ships with. */
const feeds = join(top, 'config/feeds');
const inFeeds = readdirSync(feeds)
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => [...readFileSync(join(feeds, name), 'utf8').matchAll(/\$\{([A-Z_]+)(?:\}|:-)/g)])
  .flatMap(([, variable]) => variable ?? []);

const tls = ['PGSSLMODE', 'PGSSLROOTCERT', 'PGSSLCERT', 'PGSSLKEY'];

test('docker-compose.yml passes every setting, and every variable of a feed, on to each container that needs it', () => {
  expect(apps.map(([name]) => name)).toEqual(['migrate', 'watcher', 'worker', 'dashboard', 'generator']);
  const every = [...settings.map(({ env }) => env), ...tls, ...inFeeds.filter((name) => name !== 'NAME')];
  const names = every.filter((env) => decidedByTheFile[env] === undefined);
  for (const [service, { environment }] of apps) {
    const needed = names.filter((env) => service === (forOneAlone[env] ?? service));
    const lost = needed.filter((env) => !environment[env]?.startsWith(`\${${env}:`));
    expect({ service, lost }).toEqual({ service, lost: [] });
  }
});

test('docker-compose.yml gives what one service alone needs to that one alone', () => {
  for (const [env, service] of Object.entries(forOneAlone)) {
    const known = apps.filter(([, { environment }]) => env in environment).map(([name]) => name);
    expect({ env, known }).toEqual({ env, known: [service] });
  }
});

test('docker-compose.yml shows the feeds to each container of Sluice, which cannot write them', () => {
  for (const [service, { volumes }] of apps)
    expect({ service, volumes }).toMatchObject({
      volumes: expect.arrayContaining(['./config/feeds:/app/config/feeds:ro']),
    });
});

test('the settings that docker-compose.yml decides are settings, and .env does not reach them there', () => {
  const names = settings.map(({ env }) => env);
  for (const env of [...Object.keys(decidedByTheFile), ...Object.keys(forOneAlone)])
    expect(names).toContain(env);
  for (const env of Object.keys(decidedByTheFile))
    for (const [, { environment }] of apps) expect(environment[env] ?? '').not.toContain('$');
});

test('docker-compose.yml names nothing that is no setting', () => {
  const parts = ['PGHOST', 'PGDATABASE', 'PGUSER', 'PGPASSWORD', ...tls];
  const known = [...settings.map(({ env }) => env), ...parts, ...inFeeds];
  const names = new Set([...known, ...known.map((name) => `${name}_FILE`)]);
  for (const [, { environment }] of apps)
    expect(Object.keys(environment).filter((env) => !names.has(env))).toEqual([]);
});

test('every secret of docker-compose.yml is a file, which passwords.sh writes, and each service sees its own alone', () => {
  const script = readFileSync(join(top, 'infra/docker/passwords.sh'), 'utf8');
  for (const [name, { file }] of Object.entries(secrets)) {
    expect(file).toBe(`./secrets/${name}`);
    expect(script).toMatch(new RegExp(`\\b${name}\\b`));
  }
  const seen = all.map(([name, service]) => [name, service.secrets]);
  expect(Object.fromEntries(seen)).toEqual({
    postgres: ['postgres_password'],
    roles: ['postgres_password', 'owner_password', 'sluice_password'],
    redis: ['redis_conf'],
    migrate: ['owner_password'],
    watcher: ['sluice_password', 'redis_url', 'metrics_token'],
    worker: ['sluice_password', 'redis_url', 'metrics_token'],
    dashboard: ['sluice_password', 'redis_url', 'metrics_token', 'dashboard_password'],
    generator: [],
    prometheus: ['metrics_token'],
    grafana: ['grafana_password'],
  });
  for (const [name, service] of all) {
    const named = Object.entries(service.environment).filter(([, value]) =>
      value.startsWith('/run/secrets/'),
    );
    const unseen = named.filter(([, path]) => !service.secrets.some((one) => path === `/run/secrets/${one}`));
    expect({ name, unseen }).toEqual({ name, unseen: [] });
    const plain = Object.keys(service.environment).filter((env) => /PASSWORD$|TOKEN$/.test(env));
    expect({ name, plain }).toEqual({ name, plain: [] });
  }
});

test('every service of docker-compose.yml is confined, bounded and looked at', () => {
  for (const [name, service] of all) {
    expect({ name, ...service }).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.any(String),
    });
    const once = service.restart === 'no';
    expect({ name, looked: service.healthcheck !== undefined }).toEqual({ name, looked: !once });
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const network of service.networks) expect(Object.keys(networks)).toContain(network);
  }
  const on = (network: string) =>
    all.filter(([, service]) => service.networks.includes(network)).map(([name]) => name);
  expect(networks).toMatchObject({ database: { internal: true }, staging: { internal: true } });
  expect(on('database')).toEqual(['postgres', 'roles', 'migrate', 'watcher', 'worker', 'dashboard']);
  expect(on('staging')).toEqual(['redis', 'watcher', 'worker', 'dashboard']);
  expect(on('outside')).toEqual(['watcher', 'worker', 'dashboard', 'prometheus', 'grafana']);
  expect(services.generator?.network_mode).toBe('none');
});

test('docker-compose.yml starts node itself, with the limits of "npm start", and runs by default what a pipeline needs', () => {
  for (const name of ['watcher', 'worker'])
    expect(services[name]?.command).toEqual(['node', ...HEAP_FLAGS, `apps/${name}/src/main.ts`]);
  const byDefault = all.filter(([, { profiles }]) => profiles.length === 0).map(([name]) => name);
  expect(byDefault).toEqual(['postgres', 'roles', 'redis', 'migrate', 'watcher', 'worker', 'dashboard']);
  expect(services.generator?.profiles).toEqual(['demo']);
  for (const name of ['prometheus', 'grafana']) expect(services[name]?.profiles).toEqual(['monitoring']);
});
