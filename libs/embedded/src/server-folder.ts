import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '@sluice/process';

/** An account of the system, by its numbers. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The file with the server's password. A new folder gets a random one of 256 bits. */
export function passwordFile(folder: string, account?: Account): string {
  const file = join(folder, 'password');
  if (!existsSync(file)) writeAtomically(file, `${randomBytes(32).toString('hex')}\n`, 0o600, account);
  return file;
}
