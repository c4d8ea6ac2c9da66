// What may go wrong with a source. Absence is no error: a look finds nothing. Everything outside of this package decides by these
// classes what to do, because each kind of source has codes of its own.

interface Told {
  /** The code of the error as its source gives it, such as `EACCES` or 403. */
  readonly code: string;
  /** What an operator can do. */
  readonly hint: string;
}

/** The source as a whole cannot be asked now: it is tried again later, and the work of other feeds goes on. */
export class SourceAway extends Error implements Told {
  override readonly name: string = 'SourceAway';
  readonly code: string;
  readonly hint: string;
  /** There is no such place, for example because no watcher has made it yet. */
  readonly missing: boolean;

  constructor(message: string, o: Told & { readonly missing?: boolean; readonly cause?: unknown }) {
    super(message, { cause: o.cause });
    this.code = o.code;
    this.hint = o.hint;
    this.missing = o.missing ?? false;
  }
}

/** The code of {@link SourceHangs}. */
export const HANGS = 'HANGS';

/** A source did not answer in time, for example because the server of a mount is away. */
export class SourceHangs extends SourceAway {
  override readonly name = 'SourceHangs';

  constructor(place: string) {
    super(`the source ${place} does not answer`, { code: HANGS, hint: 'see to the mount or the network' });
  }
}

/** The file is no longer the version that was opened or looked at. The next listing finds what it is now. */
export class ChangedFile extends Error {
  override readonly name = 'ChangedFile';
  readonly file: string;

  /** @param file its name in the ledger */
  constructor(file: string) {
    super(`${file} has changed since it was looked at`);
    this.file = file;
  }
}

/** A file that exists but cannot be read or moved, for a reason that concerns only this file. A person has to see to it. */
export class UnreadableFile extends Error implements Told {
  override readonly name = 'UnreadableFile';
  /** Its name in the ledger. */
  readonly file: string;
  readonly code: string;
  readonly hint: string;

  constructor(file: string, o: Told & { readonly cause: Error }) {
    super(o.cause.message, { cause: o.cause });
    this.file = file;
    this.code = o.code;
    this.hint = o.hint;
  }
}
