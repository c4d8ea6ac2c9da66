import { codeOf, ErrorWithHint } from './errors.ts';

/** What the code of an error of a file system means. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do that there',
  EPERM: 'this user may not do that there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'it is a folder',
  EEXIST: 'there is a file of that name',
  ENOENT: 'it is not there',
  ENAMETOOLONG: 'its path is too long',
  EMFILE: 'this process has too many open files',
};

/** Why the system refused it, in words if the code of its error is a known one. */
export function fileReason(error: unknown): string {
  const code = codeOf(error);
  return REASONS[code] ?? code;
}

/** An error of a file system that nobody expected, with what it means and what to do. Undefined for any other error. */
export function fileTrouble(error: unknown): ErrorWithHint | undefined {
  if (!(error instanceof Error) || !('path' in error) || typeof error.path !== 'string') return undefined;
  const code = codeOf(error);
  if (REASONS[code] === undefined) return undefined;
  const hint = ['ENOSPC', 'EDQUOT'].includes(code)
    ? 'free space there'
    : 'check that path, whose it is, and what this user may do there';
  return new ErrorWithHint(`${error.path} cannot be used (${code}): ${fileReason(error)}`, hint, {
    cause: error,
  });
}
