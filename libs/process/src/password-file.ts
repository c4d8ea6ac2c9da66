import { readFileSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { codeOf } from './errors.ts';

/**
 * The password for the server, database and user of this URL from libpq's password file: `named`, or `~/.pgpass`. A
 * file that others can read is not used and adds a line to `warnings`. A missing file is ignored, as by libpq.
 */
export function passwordFromFile(
  url: URL,
  named: string | undefined,
  warnings: string[],
): { readonly password: string; readonly file: string } | undefined {
  const file = named || join(homedir(), '.pgpass');
  const about = statSync(file, { throwIfNoEntry: false });
  if (about === undefined) return undefined;
  if (!about.isFile()) {
    warnings.push(`the password file ${file} is not used, because it is not a plain file`);
    return undefined;
  }
  if ((about.mode & 0o077) !== 0) {
    warnings.push(`the password file ${file} is not used, because others can read it: chmod 600 ${file}`);
    return undefined;
  }
  const user = decodeURIComponent(url.username) || systemUser();
  const database = decodeURIComponent(url.pathname.slice(1)) || user;
  const wanted = [url.hostname.replace(/^\[|\]$/g, ''), url.port || '5432', database, user];
  for (const line of linesOf(file, warnings)) {
    const password = line.startsWith('#') ? undefined : passwordIn(line, wanted);
    if (password !== undefined) return { password, file };
  }
  return undefined;
}

/** The user that libpq and the driver log in as by default. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return ''; // A container may run as a user number that has no name.
  }
}

function linesOf(file: string, warnings: string[]): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch (error) {
    const code = codeOf(error);
    warnings.push(`the password file ${file} is not used, because it cannot be read (${code})`);
    return [];
  }
}

/** The password of a line `host:port:database:user:password` that matches these four. `\` escapes the next character. */
function passwordIn(line: string, wanted: readonly string[]): string | undefined {
  const fields = line.match(/(?:^|(?<=:))(?:\\.|[^:\\]|\\$)*/g) ?? [];
  const plain = (field: string) => field.replace(/\\(.)/g, '$1');
  const matches = wanted.every((text, i) => fields[i] === '*' || plain(fields[i] ?? '') === text);
  return matches && fields[4] ? plain(fields[4]) : undefined;
}
