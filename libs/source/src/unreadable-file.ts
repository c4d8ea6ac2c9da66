/** A file that lies there and cannot be read, for a reason of its own. `code` is the file system's, such as `EACCES`. */
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

/** Gone, or a link by now, or a socket, or a name that can be no file here: an answer and not an error. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENAMETOOLONG', 'ESTALE']);

/** What this process lacks, whichever the file. */
const OWN_LIMITS = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** To lstat a file, only the folder needs a permission. */
const OF_FOLDER = new Set(['EACCES', 'EPERM']);

/** Undefined for a file that is not there. */
export function absentOr(name: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== undefined && ABSENT.has(error.code)) return undefined;
    return unreadable(name)(error);
  };
}

/** Throws what an error of the file system means for this file. */
export function unreadable(name: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code === undefined || OWN_LIMITS.has(error.code)) throw error;
    throw new UnreadableFile(name, error.code, error);
  };
}

/** Of a file that could not be looked at, when the others may be. */
export function unlessOfFolder(error: unknown): UnreadableFile {
  if (error instanceof UnreadableFile && !OF_FOLDER.has(error.code)) return error;
  throw error;
}
