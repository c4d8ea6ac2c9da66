import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codeOf } from './errors.ts';

/** The path of the connection file, relative to the working directory. */
export const CONNECTION_FILE = join('config', 'postgres_connection_details.txt');

/** The environment variables that its keys stand for. */
const variables: Readonly<Record<string, string>> = {
  host: 'PGHOST',
  port: 'PGPORT',
  database: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  table: 'EVENTS_TABLE',
};

/**
 * The connection file as environment variables; empty when there is no file. It has `key=value` lines and comment
 * lines. A value goes to the end of its line, because a password may hold any character. A wrong line adds a line to
 * `mistakes`, which never shows a value.
 */
export function readConnectionFile(cwd: string, mistakes: string[]): Readonly<Record<string, string>> {
  const keys = Object.keys(variables).join(', ');
  const found: Record<string, string> = {};
  for (const [index, line] of readLines(cwd, mistakes).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, key, value] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const variable = key !== undefined && Object.hasOwn(variables, key) ? variables[key] : undefined;
    if (variable !== undefined) found[variable] = value ?? '';
    else {
      const got = key === undefined ? 'a line without =' : JSON.stringify(key);
      mistakes.push(`${CONNECTION_FILE}: line ${index + 1}: got ${got}; allowed: key=value with ${keys}`);
    }
  }
  return found;
}

function readLines(cwd: string, mistakes: string[]): string[] {
  const file = resolve(cwd, CONNECTION_FILE);
  try {
    return readFileSync(file, 'utf8')
      .replace(/^\ufeff/, '')
      .split(/\r?\n/);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      mistakes.push(
        `${CONNECTION_FILE}: ${file} cannot be read (${code}); allowed: a readable file, or none`,
      );
    }
    return [];
  }
}
