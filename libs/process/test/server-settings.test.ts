import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificate, privateKey, tempFolder } from '@sluice/testkit';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { settings } from '../src/settings.ts';

let cwd: string;
const { HOME } = process.env;
beforeEach(() => {
  cwd = tempFolder();
  // Nothing of the developer's own ~/.pgpass and ~/.postgresql counts here.
  process.env.HOME = cwd;
});
afterAll(() => {
  process.env.HOME = HOME;
});

function load(env: Record<string, string>) {
  return loadConfig({ env, cwd });
}

function mistakes(env: Record<string, string>): string {
  try {
    load(env);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

function file(name: string, text: string, mode = 0o600): string {
  const path = join(cwd, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('a secret from a file', () => {
  const values: Record<string, string> = {
    DATABASE_URL: 'postgres://u:p@h/d',
    DATABASE_OWNER_URL: 'postgres://o:p@h/d',
    DATABASE_READ_URL: 'postgres://r:p@h/d',
    REDIS_URL: 'redis://:p@h:1',
    DASHBOARD_PASSWORD: 'correct horse',
    METRICS_TOKEN: 'correct-horse-battery-staple-and-more',
    ALERT_WEBHOOK: 'https://chat.example/T0/secret',
  };

  test.each(settings.filter(({ secret }) => secret).map(({ env, key }) => [env, key] as const))(
    '%s_FILE stands for %s, without the line end of the file, and says where the value came from',
    (env, key) => {
      const value = values[env] ?? `a value for ${env}`;
      const path = file('secret', `${value}\n`);
      const config = load({
        DATABASE_URL: 'postgres://h',
        ...(env === 'DATABASE_URL' && { DATABASE_URL: '' }),
        [`${env}_FILE`]: 'secret',
      });
      expect(config[key]).toBe(value);
      expect(config.origins[key]).toBe(`file ${path}`);
      expect(config.secretFiles).toContain(path);
    },
  );

  test('PGPASSWORD_FILE is the password of the parts and of a URL without one', () => {
    const path = file('secret', "it's a/b \r\n");
    const password = encodeURIComponent("it's a/b ");
    const parts = load({ PGHOST: 'h', PGPASSWORD_FILE: path });
    expect(decodeURIComponent(new URL(parts.databaseUrl ?? '').password)).toBe("it's a/b ");
    expect(parts.databaseUrl?.replace('%27', "'")).toBe(
      `postgres://postgres:${password}@h:5432/ecommerce_streaming`,
    );
    expect(parts.origins.databaseUrl).toBe(`environment, password of file ${path}`);
    expect(load({ DATABASE_URL: 'postgres://u@h/d', PGPASSWORD_FILE: path }).databaseUrl).toContain('u:it');
  });

  test('.env may name it', () => {
    const path = file('secret', 'redis://h:1');
    file('.env', 'REDIS_URL_FILE=secret\n');
    expect(load({})).toMatchObject({ redisUrl: 'redis://h:1', origins: { redisUrl: `file ${path}` } });
  });

  test('both the value and its file are a mistake, and so is a file that is missing or empty', () => {
    file('empty', '\n');
    const lines = mistakes({
      REDIS_URL: 'redis://h:1',
      REDIS_URL_FILE: 'secret',
      DASHBOARD_PASSWORD_FILE: 'empty',
      ALERT_WEBHOOK_FILE: 'none',
    }).split('\n');
    const allowed = 'allowed: a file with the value alone that this user can read';
    expect(lines).toEqual([
      'REDIS_URL and REDIS_URL_FILE: got both; allowed: one of them',
      `DASHBOARD_PASSWORD_FILE: ${cwd}/empty is empty; ${allowed}`,
      `ALERT_WEBHOOK_FILE: ${cwd}/none cannot be read (ENOENT); ${allowed}`,
    ]);
  });

  test('a wrong value of a file is not told', () => {
    file('secret', 'host=h password=hunter2');
    expect(mistakes({ DATABASE_URL_FILE: 'secret' })).toMatch(
      /^DATABASE_URL: got a value that is not shown \(file /,
    );
  });

  test('.env and the connection file count as files of secrets when one stands in them', () => {
    file('.env', 'PGPASSWORD=hunter2\n');
    mkdirSync(join(cwd, 'config'));
    const details = file('config/postgres_connection_details.txt', 'host=h\npassword=hunter2');
    expect(load({}).secretFiles).toEqual([join(cwd, '.env'), details]);
    file('.env', 'BATCH_ROWS=500\n');
    expect(load({}).secretFiles).toEqual([details]);
  });
});

test.each([
  'postgres://u:50%off@h/d',
  'postgres://u:12/x@h/d',
  'postgres://u:12#x@h/d',
  'postgres://u:12?x@h/d',
  'postgres://one,two/d',
])('a URL that a sign of the password has cut, or with several hosts, is refused: %s', (url) => {
  const [line = '', ...others] = mistakes({ DATABASE_URL: url }).split('\n');
  expect(others).toEqual([]);
  expect(line).toMatch(/^DATABASE_URL: got /);
  expect(line).not.toMatch(/x@h|off/);
});

describe('parameters of libpq', () => {
  test('PG variables add to a URL what it leaves open, and no more', () => {
    const env = { PGSSLMODE: 'require', PGUSER: 'me', PGPORT: '6432', PGDATABASE: 'd', PGPASSWORD: 'a b' };
    expect(load({ ...env, DATABASE_URL: 'postgres://h' }).databaseUrl).toBe(
      'postgres://me:a%20b@h:6432/d?sslmode=require',
    );
    const whole = 'postgres://u:p@h:1/x?sslmode=disable';
    expect(load({ ...env, DATABASE_URL: whole }).databaseUrl).toBe(whole);
  });

  test.each([
    [
      'channel_binding=require',
      /channel_binding=require, which Sluice does not support; allowed: only channel_binding=disable or prefer/,
    ],
    [
      'target_session_attrs=read-write',
      /target_session_attrs=read-write, which .* allowed: only target_session_attrs=any/,
    ],
    [
      'require_auth=scram-sha-256',
      /require_auth=scram-sha-256, which .* allowed: a URL without require_auth/,
    ],
    ['sslcrldir=x', /sslcrldir/],
    ['sslmode=verify', /sslmode=verify, which .* allowed: only sslmode=disable or allow or prefer/],
    ['search_path=shop', /the parameter search_path; allowed: sslmode, .*options=-cNAME%3DVALUE/],
    ['connect_timeout=soon', /connect_timeout=soon; allowed: whole seconds/],
  ])('a URL with %s is refused by name', (parameter, told) => {
    expect(mistakes({ DATABASE_URL: `postgres://h/d?${parameter}` })).toMatch(told);
  });

  test('a variable that is not supported is refused by name too, and the default of each is taken', () => {
    expect(mistakes({ PGHOST: 'h', PGCHANNELBINDING: 'require' })).toMatch(
      /^PGCHANNELBINDING: got channel_binding=require/,
    );
    expect(mistakes({ PGHOST: 'h', PGSERVICE: 's' })).toMatch(/^PGSERVICE: got service=s/);
    const url =
      'postgres://h/d?channel_binding=prefer&gssencmode=disable&target_session_attrs=any&options=-csearch_path%3Dshop';
    expect(mistakes({ DATABASE_URL: url })).toBe('');
  });

  test('without a server that is configured nothing of it matters', () => {
    expect(mistakes({ PGSSLMODE: 'verify-full', PGCHANNELBINDING: 'require' })).toBe('');
  });
});

describe('files of TLS', () => {
  const ca = certificate('ca.crt');

  test('verify-full and verify-ca need a root certificate, which is also looked for in ~/.postgresql', () => {
    const url = 'postgres://h/d?sslmode=verify-full';
    expect(mistakes({ DATABASE_URL: url })).toMatch(
      /^DATABASE_URL: sslmode=verify-full needs the certificate of the CA.*; allowed: its file as PGSSLROOTCERT/,
    );
    expect(mistakes({ DATABASE_URL: url, PGSSLROOTCERT: ca })).toBe('');
    mkdirSync(join(cwd, '.postgresql'));
    file('.postgresql/root.crt', 'no certificate');
    expect(mistakes({ DATABASE_URL: url })).toMatch(/root\.crt holds no certificate/);
  });

  test('sslrootcert=system means verify-full, and goes with nothing less', () => {
    expect(mistakes({ PGHOST: 'h', PGSSLROOTCERT: 'system' })).toBe('');
    expect(mistakes({ PGHOST: 'h', PGSSLROOTCERT: 'system', PGSSLMODE: 'require' })).toMatch(
      /^PostgreSQL: sslrootcert=system with sslmode=require; allowed: sslmode=verify-full/,
    );
  });

  test('a file that is missing, no PEM, without its key, or with another one is told at the start', () => {
    const told = (env: Record<string, string>) => mistakes({ PGHOST: 'h', PGSSLMODE: 'require', ...env });
    const key = privateKey('client');
    expect(told({ PGSSLROOTCERT: '/none' })).toMatch(/\/none cannot be read \(ENOENT\)/);
    expect(told({ PGSSLCERT: certificate('client.crt') })).toMatch(
      /client\.crt is a certificate without its key/,
    );
    expect(told({ PGSSLCERT: certificate('client.crt'), PGSSLKEY: privateKey('server') })).toMatch(
      /cannot be used \(/,
    );
    expect(told({ PGSSLCERT: certificate('client.crt'), PGSSLKEY: key })).toBe('');
    chmodSync(key, 0o644);
    expect(told({ PGSSLCERT: certificate('client.crt'), PGSSLKEY: key })).toMatch(
      /client\.key is a private key that others can read; allowed: mode 0600, .*chmod 600/,
    );
  });

  test('those of Redis go with rediss:// alone, and have to fit together', () => {
    const [cert, key] = [certificate('client.crt'), privateKey('client')];
    const only = 'only beside a REDIS_URL that begins with rediss://';
    expect(mistakes({ REDIS_URL: 'redis://h', REDIS_CA_FILE: ca })).toBe(
      `REDIS_CA_FILE: got "${ca}"; allowed: ${only}`,
    );
    expect(mistakes({ REDIS_CA_FILE: ca })).toContain(only);
    expect(mistakes({ REDIS_URL: 'rediss://h', REDIS_CERT_FILE: cert })).toContain(
      'only beside REDIS_KEY_FILE',
    );
    expect(mistakes({ REDIS_URL: 'rediss://h', REDIS_CA_FILE: '/none' })).toMatch(
      /^REDIS_\*_FILE: \/none cannot be read/,
    );
    const whole = { REDIS_CA_FILE: ca, REDIS_CERT_FILE: cert, REDIS_KEY_FILE: key };
    expect(mistakes({ REDIS_URL: 'rediss://h', ...whole })).toBe('');
  });
});

describe('the password file of libpq', () => {
  const entries = ['# ours', 'h:5432:d:other:no', 'h:*:d\\:x:u:p\\:w\\\\ d:rest', '*:*:*:u:any'].join('\n');
  const password = (env: Record<string, string>) => new URL(load(env).databaseUrl ?? '').password;

  test('gives the password of the first line that fits, its escapes undone, unless there is another', () => {
    file('.pgpass', entries);
    expect(decodeURIComponent(password({ DATABASE_URL: 'postgres://u@h/d%3Ax' }))).toBe('p:w\\ d');
    expect(password({ DATABASE_URL: 'postgres://u@elsewhere/d' })).toBe('any');
    expect(password({ DATABASE_URL: 'postgres://nobody@h/d' })).toBe('');
    expect(password({ DATABASE_URL: 'postgres://u:own@h/d' })).toBe('own');
    expect(password({ DATABASE_URL: 'postgres://u@h/d', PGPASSWORD: 'variable' })).toBe('variable');
  });

  test('is the one that PGPASSFILE names, and says so', () => {
    const path = file('mine', '*:*:*:*:own');
    const config = load({ DATABASE_URL: 'postgres://u@h/d', PGPASSFILE: path });
    expect(config.databaseUrl).toContain('u:own@');
    expect(config.origins.databaseUrl).toBe(`environment, password of file ${path}`);
  });

  test('is left alone with a warning when others can read it', () => {
    const path = file('.pgpass', entries);
    chmodSync(path, 0o640);
    const config = load({ DATABASE_URL: 'postgres://u@h/d' });
    expect(config.databaseUrl).toBe('postgres://u@h/d');
    expect(config.warnings).toEqual([
      `the password file ${path} is not used, because others can read it: chmod 600 ${path}`,
    ]);
  });
});
