import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@sluice/process';
import { tempFolder } from '@sluice/testkit';
import { describe, expect, it } from 'vitest';
import { psqlCall } from '../src/psql-call.ts';
import { writeArchive } from '../src/support-archive.ts';
import { sharedServers, sluice } from './cli.ts';

const header = 'event_id,event_type,product_id,user_id,event_timestamp,quantity,price';

describe('support', () => {
  it('writes one archive for this user alone, with neither secrets nor values of rows', async () => {
    const place = await sharedServers();
    const logs = join(tempFolder(), 'logs');
    const source = join(place.DATA_DIR ?? '', 'input_data');
    mkdirSync(source, { recursive: true });
    const row = (id: string, price: string) =>
      `${id},planted_type,planted_product,planted_user,2026-01-01 00:00:00,1,${price}`;
    const rows = [row('7d0f3f0c-6d0b-4c1e-9a58-2f4c6d7a8b90', '1.50'), row('planted_id', 'planted_price')];
    writeFileSync(join(source, 'a.csv'), `${[header, ...rows].join('\n')}\n`);
    const settings = { LOG_DIR: logs, DASHBOARD_PASSWORD: 'planted-password' };
    const load = sluice({ ...place, ...settings }, 'start', '--once', '--no-generate');
    await load.ended;
    expect(load.stdout()).toContain('rejects');
    const redis = { REDIS_URL: `${place.REDIS_URL}`.replace('://', '://:planted-redis@') };
    const out = join(tempFolder(), 'support.tar.gz');
    const run = sluice({ ...place, ...settings }, 'support', '--out', out);
    const away = sluice(
      { ...place, ...redis, DATABASE_URL: 'postgres://u:planted-db@127.0.0.1:1/x' },
      'support',
    );
    expect(await Promise.all([run.ended, away.ended]), run.stderr()).toEqual([0, 0]);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const [, other = ''] = /Written: (\S+),/.exec(away.stdout()) ?? [];
    const names = spawnSync('tar', ['-tzf', out], { encoding: 'utf8' }).stdout;
    for (const name of ['about', 'config', 'doctor', 'feeds', 'status'])
      expect(names).toContain(`${name}.json`);
    expect(names).toMatch(/^log-worker\.log$/m);
    const read = (file: string) =>
      spawnSync('tar', ['-xzOf', file], { encoding: 'utf8', cwd: place.DATA_DIR }).stdout;
    expect(read(out)).toContain('"rejects": 1');
    expect(read(out)).not.toContain('planted');
    expect(read(other)).toContain('PostgreSQL cannot be used');
    expect(read(other)).toContain('LOG_DIR is not set');
    expect(read(other)).not.toContain('planted');
  });

  it('never overwrites a file', () => {
    const file = join(tempFolder(), 'there');
    writeFileSync(file, 'mine');
    expect(() => writeArchive(file, [{ name: 'a', text: '' }])).toThrow('it is there already');
  });
});

describe('psql', () => {
  const env = { DATABASE_URL: 'postgres://me:p%40ss@db.example:5433/shop?sslmode=require' };

  it('gets the address without the password, which is in its environment, and only reads unless asked', () => {
    const config = loadConfig({ env, cwd: tempFolder() });
    const address = 'postgres://me@db.example:5433/shop?sslmode=require';
    expect(psqlCall(config, { write: false })).toMatchObject({
      address,
      env: { PGPASSWORD: 'p@ss', PGOPTIONS: '-c default_transaction_read_only=on' },
    });
    expect(psqlCall(config, { write: true }).env).not.toHaveProperty('PGOPTIONS');
    const reader = { ...env, DATABASE_READ_URL: 'postgres://board:see@db.example:5433/shop' };
    const both = loadConfig({ env: reader, cwd: tempFolder() });
    expect(psqlCall(both, { write: false }).address).toBe('postgres://board@db.example:5433/shop');
    expect(psqlCall(both, { write: true }).address).toBe(address);
  });

  it('is started with what else was given, or its address and package are shown', async () => {
    const bin = tempFolder();
    const psql = join(bin, 'psql');
    writeFileSync(psql, '#!/bin/sh\nfor arg; do echo "<$arg>"; done; echo "$PGPASSWORD"; exit 3\n');
    chmodSync(psql, 0o755);
    const place = { ...env, DATA_DIR: tempFolder() };
    const run = sluice({ ...place, PATH: `${bin}:/bin` }, 'psql', '-c', 'SELECT 1', '--csv');
    const none = sluice({ ...place, PATH: tempFolder() }, 'psql');
    expect(await Promise.all([run.ended, none.ended])).toEqual([3, 2]);
    expect(run.stdout()).toBe(
      '<-c>\n<SELECT 1>\n<--csv>\n<--dbname>\n<postgres://me@db.example:5433/shop?sslmode=require>\np@ss\n',
    );
    expect(none.stderr()).toMatch(/^sluice psql: there is no psql here; the address is 'postgres:\/\/me@db/);
    expect(none.stderr()).toContain('apt install postgresql-client');
    expect(none.stderr()).not.toContain('p@ss');
  });
});
