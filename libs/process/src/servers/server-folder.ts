import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An account of the system by number. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The file's text without surrounding white space, or undefined when there is no such file. */
export function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces the file in one step: a reader, or a crash in between, never sees half of it. */
export function writeAtomically(file: string, text: string, mode: number, account?: Account): void {
  const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(draft, text, { mode, flush: true, flag: 'wx' });
    if (account) chownSync(draft, account.uid, account.gid);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot write ${file}: ${reason}`, { cause: error });
  }
}

/** The file that holds the server's password, made with a random one (256 bits) when the folder is new. */
export function passwordFile(folder: string, account?: Account): string {
  const file = join(folder, 'password');
  if (!existsSync(file)) writeAtomically(file, `${randomBytes(32).toString('hex')}\n`, 0o600, account);
  return file;
}
