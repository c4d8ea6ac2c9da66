/** A file that exists but cannot be read, for a reason that concerns only this file. `code`: of the error, such as `EACCES`. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
  readonly file: string;
  readonly code: string;

  constructor(file: string, code: string, cause: Error) {
    super(cause.message, { cause });
    this.file = file;
    this.code = code;
  }
}

/** Codes that mean there is no such file: it is gone, is now a link or a socket, or no file can have that name. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENAMETOOLONG', 'ESTALE']);

/** Codes that mean this process lacks a resource, whatever the file. */
const OWN_LIMITS = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** lstat needs permissions only on the folder, so these codes are about the folder and not the file. */
const OF_FOLDER = new Set(['EACCES', 'EPERM']);

/** Handles an error of the file system: undefined when the file is not there, otherwise as {@link unreadable}. */
export function absentOr(name: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== undefined && ABSENT.has(error.code)) return undefined;
    return unreadable(name)(error);
  };
}

/** Handles an error of the file system: throws {@link UnreadableFile} if it concerns only this file, else the error itself. */
export function unreadable(name: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code === undefined || OWN_LIMITS.has(error.code)) throw error;
    throw new UnreadableFile(name, error.code, error);
  };
}

/** Returns the error if it concerns only one file, so that the others can be listed. Throws it if it concerns the folder. */
export function unlessOfFolder(error: unknown): UnreadableFile {
  if (error instanceof UnreadableFile && !OF_FOLDER.has(error.code)) return error;
  throw error;
}

/** What the error of one look says: that the file is not there, or cannot be looked at. Throws it as {@link unlessOfFolder}. */
export function absentOrUnreadable(name: string, error: unknown): UnreadableFile | undefined {
  if (!(error instanceof Error)) throw error;
  try {
    return absentOr(name)(error);
  } catch (unreadableFile) {
    return unlessOfFolder(unreadableFile);
  }
}
