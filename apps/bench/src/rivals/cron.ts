import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rival } from './rival.ts';

const hasPsql = (): boolean => spawnSync('psql', ['--version']).status === 0;

/**
 * What a cron script does: each file by \copy into a temporary table, and from there with ON CONFLICT, in a transaction for each file.
 * One psql runs it for all files, so that no time is lost by starting programs. Without psql, a script runs the same statements.
 */
export const cron: Rival = {
  what: 'a cron script: \\copy of each file into a temporary table, INSERT with ON CONFLICT DO NOTHING',
  missing: () => undefined,
  command: ({ folder, table, columns }) => {
    const names = columns.map((name) => `"${name}"`).join(', ');
    if (!hasPsql()) {
      const script = fileURLToPath(new URL('cron-script.ts', import.meta.url));
      return { command: process.execPath, args: [script, folder, table, names], input: '' };
    }
    const steps = readdirSync(folder).map(
      (name) => `BEGIN;
\\copy landed (${names}) FROM '${join(folder, name)}' (FORMAT csv, HEADER)
INSERT INTO ${table} (${names}) SELECT ${names} FROM landed ON CONFLICT DO NOTHING;
COMMIT;
`,
    );
    const begin = `CREATE TEMPORARY TABLE landed (LIKE ${table} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS;\n`;
    return { command: 'psql', args: ['--no-psqlrc', '--quiet'], input: begin + steps.join('') };
  },
};
