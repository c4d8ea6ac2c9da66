import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf } from './errors.ts';
import { makeFolderAtOnce } from './make-folder.ts';

const MIB = 1024 ** 2;

/**
 * The log file of an app: `<folder>/<role>.log`. A full file is renamed to `<role>.<time>.<pid>.log`, and only the
 * newest of those are kept.
 *
 * All processes of one app append to one file, so the size of the folder is bounded however many processes there are or
 * were. Libraries for log rotation count only what their own process has written. Each line is one synchronous write in
 * append mode, so no other process can split a line, and no line is lost when this process is killed.
 *
 * A file that cannot be written does not stop the app: stderr says so once, and each later line is tried again.
 */
export class LogFile {
  readonly #folder: string;
  readonly #role: string;
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #files: number;
  #fd: number | undefined;
  /** Whether only part of the last line was written, as happens when the disk becomes full. */
  #torn = false;
  #told = false;

  /** @param o.maxBytes size of one file   @param o.files how many files to keep, including the one being written */
  constructor(folder: string, role: string, o: { readonly maxBytes?: number; readonly files?: number } = {}) {
    this.#folder = folder;
    this.#role = role;
    this.#path = join(folder, `${role}.log`);
    this.#maxBytes = o.maxBytes ?? 10 * MIB;
    this.#files = o.files ?? 5;
  }

  /** Appends a line, which must end with a line break. Never throws. */
  write(line: string): void {
    try {
      const bytes = Buffer.from(this.#torn ? `\n${line}` : line);
      this.#append(this.#open(bytes.length), bytes);
    } catch (error) {
      if (this.#told) return;
      this.#told = true;
      const reason = messageOf(error);
      process.stderr.write(
        `LOG_DIR: the log cannot be written to ${JSON.stringify(this.#path)} and goes on without this file ` +
          `(${reason}). Free space there, make the folder writable, or set another LOG_DIR.\n`,
      );
    }
  }

  #append(fd: number, bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0; ) {
      rest = rest.subarray(writeSync(fd, rest));
      this.#torn = rest.length > 0;
    }
  }

  /** Opens the file that has the name now, because another process or an operator may have moved the open one. */
  #open(room: number): number {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    if (now !== undefined && now.size > 0 && now.size + room > this.#maxBytes) this.#setAside();
    else if (this.#fd !== undefined && now?.ino === fstatSync(this.#fd).ino) return this.#fd;
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    makeFolderAtOnce(this.#folder);
    this.#fd = openSync(this.#path, 'a', 0o640);
    return this.#fd;
  }

  /** Renames the full file. If two processes do this at once, the worst result is an almost empty file. */
  #setAside(): void {
    const time = new Date().toISOString().replaceAll(':', '');
    const aside = `${this.#role}.${time}.${process.pid}.log`;
    if (existsSync(join(this.#folder, aside))) return;
    try {
      renameSync(this.#path, join(this.#folder, aside));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return; // Another process was faster.
      throw error;
    }
    const pattern = /^\.\d{4}-\d\d-\d\dT[\d.]+Z\.\d+\.log$/;
    const older = readdirSync(this.#folder)
      .filter((name) => name.startsWith(this.#role) && pattern.test(name.slice(this.#role.length)))
      .sort();
    const surplus = older.slice(0, Math.max(0, older.length - (this.#files - 1)));
    for (const name of surplus) rmSync(join(this.#folder, name), { force: true });
  }
}
