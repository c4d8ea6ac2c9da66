import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { settings } from '../src/settings.ts';

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      volumes: z.array(z.string()).default([]),
      environment: z.record(z.string(), z.coerce.string()).default({}),
    }),
  ),
});

const file = join(import.meta.dirname, '../../../docker-compose.yml');
const { services } = composeSchema.parse(parse(readFileSync(file, 'utf8'), { merge: true }));
const apps = Object.entries(services).filter(([, { image }]) => image === 'sluice');

/** What the file decides for a container, or leaves out there, whatever .env says; each with the reason. */
const decidedByTheFile: Readonly<Record<string, string>> = {
  DATABASE_URL: 'PostgreSQL is a service of the file, which PGHOST and the other parts name',
  REDIS_URL: 'Redis is a service of the file',
  DATA_DIR: 'the volume is mounted at its default',
  FEEDS_DIR: 'config/feeds is mounted at its default',
  DASHBOARD_HOST: 'a container has to listen on its own address; what is published is 127.0.0.1 alone',
  DASHBOARD_PORT: 'it is the port that is published, not the one in the container',
};

/** What one service alone needs to know, and no other gets. */
const forOneAlone: Readonly<Record<string, string>> = {
  DATABASE_OWNER_URL: 'migrate',
  DATABASE_READ_URL: 'dashboard',
  DASHBOARD_PASSWORD: 'dashboard',
  DASHBOARD_READ_ONLY: 'dashboard',
  TRUST_PROXY: 'dashboard',
  ALERT_WEBHOOK: 'dashboard',
};

/** The variables in the feeds that Sluice ships with. */
const feeds = join(import.meta.dirname, '../../../config/feeds');
const inFeeds = readdirSync(feeds)
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => [...readFileSync(join(feeds, name), 'utf8').matchAll(/\$\{([A-Z_]+)(?:\}|:-)/g)])
  .flatMap(([, variable]) => variable ?? []);

const tls = ['PGSSLMODE', 'PGSSLROOTCERT', 'PGSSLCERT', 'PGSSLKEY'];

test('docker-compose.yml passes every setting, and every variable of a feed, on to each container that needs it', () => {
  expect(apps.map(([name]) => name)).toEqual(['migrate', 'watcher', 'worker', 'dashboard', 'generator']);
  const all = [...settings.map(({ env }) => env), ...tls, ...inFeeds.filter((name) => name !== 'NAME')];
  const names = all.filter((env) => decidedByTheFile[env] === undefined);
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

test('docker-compose.yml names nothing that is no setting, and both passwords are asked for', () => {
  const parts = ['PGHOST', 'PGDATABASE', 'PGUSER', 'PGPASSWORD', ...tls];
  const names = new Set([...settings.map(({ env }) => env), ...parts, ...inFeeds]);
  for (const [, { environment }] of apps)
    expect(Object.keys(environment).filter((env) => !names.has(env))).toEqual([]);
  expect(services.postgres?.environment.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
  expect(services.dashboard?.environment.DASHBOARD_PASSWORD).toMatch(/^\$\{DASHBOARD_PASSWORD:\?/);
});
