import { ChangedFile, SourceAway, UnreadableFile } from '../errors.ts';

// What the errors of a file system mean. No code of these leaves `libs/source` to be decided by.

/** Codes that mean there is no such file: it is gone, is now a link or a socket, or no file can have that name. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENAMETOOLONG', 'ESTALE']);

/** Codes that mean this process lacks a resource, whatever the file. */
const OWN_LIMITS = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** lstat needs permissions only on the folder, so these codes are about the folder and not the file. */
const OF_FOLDER = new Set(['EACCES', 'EPERM']);

/** What an operator can do about a file. */
const FILE_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'give this account the right to read it, or take it away',
  EPERM: 'give this account the right to read it, or take it away',
  EIO: 'the disk or the network does not give it: see to that, or take the file away',
};

/** What an operator can do about a folder, be it the source, the archive or the quarantine. */
const FOLDER_HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'free disk space there',
  EDQUOT: 'free disk space there, or raise the quota',
  EROFS: 'mount it writable',
  EACCES: 'give this account the right to write there, and in the source folder',
  EPERM: 'give this account the right to move these files',
  ENOTDIR: 'a file stands where the folder is to be: move it away',
  EMFILE: 'raise the limit of open files of this process',
  ENFILE: 'raise the limit of open files of this machine',
};

/** Handles an error of the file system: undefined when the file is not there, otherwise as {@link unreadable}. */
export function absentOr(name: string): (error: unknown) => undefined {
  return (error) => {
    if (isErrno(error) && ABSENT.has(error.code)) return undefined;
    return unreadable(name)(error);
  };
}

/** Handles an error of the file system: throws {@link UnreadableFile} if it concerns only this file, else the error itself. */
export function unreadable(name: string): (error: unknown) => never {
  return (error) => {
    if (!isErrno(error) || OWN_LIMITS.has(error.code)) throw error;
    throw unreadableFile(name, error);
  };
}

function unreadableFile(name: string, cause: Errno): UnreadableFile {
  const hint = FILE_HINTS[cause.code] ?? 'see to the file system, or take the file away';
  return new UnreadableFile(name, { code: cause.code, hint, cause });
}

/** Returns the error if it concerns only one file, so that the others can be listed. Throws it if it concerns the folder. */
export function unlessOfFolder(error: unknown): UnreadableFile {
  if (error instanceof UnreadableFile && !OF_FOLDER.has(error.code)) return error;
  throw error;
}

/**
 * What the error of one look says: that the file is not there, or cannot be looked at. Throws it as {@link unlessOfFolder}, but for a
 * file `below` a folder of the source, which hides its own files alone.
 */
export function absentOrUnreadable(
  name: string,
  error: unknown,
  below?: 'below',
): UnreadableFile | undefined {
  try {
    return absentOr(name)(error);
  } catch (other) {
    return below !== undefined && other instanceof UnreadableFile ? other : unlessOfFolder(other);
  }
}

/** Handles an error of the file system that concerns a whole folder: throws {@link SourceAway}. Other errors are thrown as they are. */
export function folderAway(error: unknown): never {
  const known = error instanceof UnreadableFile && OF_FOLDER.has(error.code) ? error.cause : error;
  if (!isErrno(known)) throw error;
  const { code, message } = known;
  const hint = FOLDER_HINTS[code] ?? 'see to the folder';
  throw new SourceAway(message, { code, hint, missing: code === 'ENOENT', cause: error });
}

/**
 * Handles an error of a clean-up. EPERM concerns a single file, such as one of another owner in a sticky folder, and all other errors
 * of the file system the folder.
 */
export function notCleaned(name: string): (error: unknown) => never {
  return (error) => {
    if (!isErrno(error) || error.code !== 'EPERM') return folderAway(error);
    const hint = FOLDER_HINTS.EPERM ?? '';
    throw new UnreadableFile(name, { code: error.code, hint, cause: error });
  };
}

type Errno = Error & { readonly code: string };

/** Whether a call of the file system has failed. */
function isErrno(error: unknown): error is Errno {
  if (error instanceof SourceAway || error instanceof UnreadableFile || error instanceof ChangedFile)
    return false;
  return error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code));
}
