import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { HEAP_FLAGS, THREADS } from '../src/node-limits.ts';
import { settings, settingsSchema } from '../src/settings.ts';

const folder = join(import.meta.dirname, '../../../config');
const exampleFile = join(folder, 'sluice.env.example');

const head = `# Every setting of Sluice, with its default. Copy this file to .env in the folder that Sluice is started in, and
# uncomment what is to differ. Flags win over the environment, the environment over .env, .env over
# config/postgres_connection_details.txt, and that over the defaults. "sluice config" shows the values and their origins.
#
# Written from the table of settings; when that changes: npx vitest run --config infra/vitest.config.ts shipped-config -u
`;

const files = `# Every secret here (DATABASE_URL and the other URLs, PGPASSWORD, DASHBOARD_PASSWORD, METRICS_TOKEN, ALERT_WEBHOOK)
# can come from a file instead, which the same name with _FILE behind it names: PGPASSWORD_FILE=/run/secrets/password
`;

const parts = `# The parts of DATABASE_URL, which count where it is not set in the same place.
#PGHOST=localhost
#PGPORT=5432
#PGDATABASE=ecommerce_streaming
#PGUSER=postgres
#PGPASSWORD=
# How its sessions are secured, for DATABASE_URL as well. Allowed: disable, allow, prefer, require, verify-ca, verify-full
# (the only one that is sure of the server; it needs the certificate of its CA, or "system").
#PGSSLMODE=prefer
#PGSSLROOTCERT=
#PGSSLCERT=
#PGSSLKEY=
#PGPASSFILE=
`;

function documented(): string {
  const entries = settings.map(({ key, env, description, default: preset }) => {
    // No setting accepts NUL, so it yields the error text, which therefore exists only in the schema.
    const allowed = settingsSchema.shape[key].safeParse('\0').error?.issues[0]?.message;
    if (allowed === undefined) throw new Error(`setting ${key} does not say what is allowed`);
    const lines = [`# ${description}`, `# Allowed: ${allowed}. Default: ${preset ?? 'not set'}`];
    const entry = `${[...lines, `#${env}=${preset ?? ''}`].join('\n')}\n`;
    return env === 'DATABASE_URL' ? `${entry}\n${parts}` : entry;
  });
  return [head, files, ...entries].join('\n');
}

/** The values of a folder that holds these files, its paths cut to what follows the folder. */
function valuesIn(files: Record<string, string>): string {
  const cwd = tempFolder();
  mkdirSync(join(cwd, 'config'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const { origins, ...values } = loadConfig({ env: {}, cwd });
  return JSON.stringify(values).replaceAll(cwd, '');
}

test('the example of an env file documents every setting as the table of settings has it', async () => {
  await expect(documented()).toMatchFileSnapshot(exampleFile);
});

test('every setting has a name of its own', () => {
  expect(new Set(settings.map(({ env }) => env)).size).toBe(settings.length);
});

test('the example changes nothing as it is, and nothing with its defaults uncommented', () => {
  const example = readFileSync(exampleFile, 'utf8');
  const uncommented = example.replaceAll(/^#(?=[A-Z_]+=)(?!PG)/gm, '');
  expect(uncommented).toContain('\nBATCH_ROWS=1000\n');
  expect(valuesIn({ '.env': example })).toBe(valuesIn({}));
  expect(valuesIn({ '.env': uncommented })).toBe(valuesIn({}));
});

test('the connection file changes nothing as it is shipped, and all of its lines are understood', () => {
  const name = 'config/postgres_connection_details.txt';
  const shipped = readFileSync(join(folder, '../', name), 'utf8');
  expect(valuesIn({ [name]: shipped })).toBe(valuesIn({}));
  const uncommented = shipped.replaceAll(/^#(?=[a-z]+=)/gm, '');
  expect(JSON.parse(valuesIn({ [name]: uncommented }))).toMatchObject({
    databaseUrl: 'postgres://sluice@localhost:5432/ecommerce_streaming',
    eventsTable: 'events',
  });
});

test('the table of settings in the README is the table of settings', () => {
  const readme = readFileSync(join(folder, '../README.md'), 'utf8');
  for (const { env, default: preset, description } of settings) {
    expect(readme).toContain(
      `| \`${env}\` | ${preset === undefined ? '' : `\`${preset}\``} | ${description} |`,
    );
  }
});

test('the npm scripts and the image start watchers and workers with the same limits as "npm start"', () => {
  const text = (path: string) => readFileSync(join(folder, '..', path), 'utf8');
  const threads = `UV_THREADPOOL_SIZE=${THREADS.UV_THREADPOOL_SIZE}`;
  for (const app of ['watcher', 'worker'])
    expect(text('package.json')).toContain(
      `"${app}": "${threads} node ${HEAP_FLAGS.join(' ')} apps/${app}/src/main.ts"`,
    );
  expect(text('infra/docker/Dockerfile')).toContain(` ${threads} `);
});
