import { randomBytes } from 'node:crypto';
import { chownSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf, ErrorWithHint } from './errors.ts';
import { fileReason } from './file-trouble.ts';

/** The file's text without surrounding white space, or undefined when the file does not exist. */
export function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces the file in one step, so that neither a reader nor a crash leaves it half written. */
export function writeAtomically(
  file: string,
  text: string,
  mode: number,
  owner?: { readonly uid: number; readonly gid: number },
): void {
  const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(draft, text, { mode, flush: true, flag: 'wx' });
    if (owner) chownSync(draft, owner.uid, owner.gid);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const hint = 'check whose that folder is, and whether there is space';
    throw new ErrorWithHint(`cannot write ${file}: ${fileReason(error)}`, hint, { cause: error });
  }
}
