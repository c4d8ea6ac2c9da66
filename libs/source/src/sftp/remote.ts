import type { Token } from '@sluice/core';
import type { Attributes, SFTPWrapper } from 'ssh2';
import type { SourceIo } from '../source-io.ts';
import type { Connection } from './connection.ts';
import { isAbsent, Refusal } from './failure.ts';
import type { Request, Session } from './session.ts';

/** What a server says of a file. Times of SFTP are in whole seconds. */
export interface Stat {
  readonly kind: 'file' | 'folder' | 'other';
  readonly token: Token;
  /** In ms since 1970. */
  readonly modifiedAt: number;
  readonly changedAt: string;
}

/** A name in a folder of a server, as text: one that is not UTF-8 has replacement characters in it. */
export interface Entry {
  readonly name: string;
  readonly stat: Stat;
}

/** An open file or folder. It is of use as long as its connection. */
export interface Handle {
  readonly session: Session;
  readonly handle: Buffer;
}

const [KIND_BITS, FILE, FOLDER] = [0o170_000, 0o100_000, 0o040_000];

/** The requests to a server, by paths there. They reject with {@link Refusal}, or with `SourceAway` where the server cannot be asked. */
export class Remote {
  readonly #connection: Connection;
  readonly #io: SourceIo;

  constructor(connection: Connection, io: SourceIo) {
    this.#connection = connection;
    this.#io = io;
  }

  /** Looks at what has this name, and not at what it leads to. */
  async lstat(path: string): Promise<Stat> {
    return statOf(await this.#ask<Attributes>((sftp, done) => sftp.lstat(path, done)));
  }

  async stat(path: string): Promise<Stat> {
    return statOf(await this.#ask<Attributes>((sftp, done) => sftp.stat(path, done)));
  }

  /** Whether there is something with this name. */
  async isThere(path: string): Promise<boolean> {
    try {
      await this.lstat(path);
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }

  /** @param how `wx`: it is made, and must not be there */
  async open(path: string, how: 'r' | 'wx' = 'r'): Promise<Handle> {
    return await this.#opened((sftp, done) => sftp.open(path, how, done));
  }

  async fstat({ session, handle }: Handle): Promise<Stat> {
    return statOf(await this.#of<Attributes>(session, (sftp, done) => sftp.fstat(handle, done)));
  }

  /** Reads so many bytes, or as many as there are. A server may give them in pieces. */
  async read({ session, handle }: Handle, at: number, bytes: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(bytes);
    for (let filled = 0; filled < bytes; ) {
      const count = await this.#of<number>(session, (sftp, done) =>
        sftp.read(handle, buffer, filled, bytes - filled, at + filled, done),
      );
      if (count === 0) return buffer.subarray(0, filled);
      filled += count;
    }
    return buffer;
  }

  /** Closes what is open. With its connection, it was closed already. */
  async close({ session, handle }: Handle): Promise<void> {
    if (session.lost !== undefined) return;
    try {
      // This passes by the bound on requests: what a request has opened too late must be closed while the source counts as hanging.
      const close: Request<undefined> = (sftp, done) => sftp.close(handle, (error) => done(error, undefined));
      await session.ask(close, this.#io.within);
    } catch (error) {
      if (session.lost === undefined) throw error;
    }
  }

  /** What lies in a folder, in as many parts as the server makes of it. */
  async *entries(path: string): AsyncGenerator<Entry[]> {
    const folder = await this.#opened((sftp, done) => sftp.opendir(path, done));
    try {
      for (;;) {
        const some = await this.#of<{ filename: string; attrs: Attributes }[]>(folder.session, (sftp, done) =>
          sftp.readdir(folder.handle, done),
        );
        yield await Promise.all(some.map(({ filename, attrs }) => this.#entry(path, filename, attrs)));
      }
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 'EOF') throw error;
    } finally {
      await this.close(folder);
    }
  }

  /** Gives a file another name. One that has the name already stays, and the request is refused. */
  async rename(from: string, to: string): Promise<void> {
    await this.#done((sftp, done) => sftp.rename(from, to, done));
  }

  /** Gives a file a second name, or its only one where the server knows no links. A file that has the name already stays. */
  async linkOrRename(from: string, to: string): Promise<void> {
    await this.#done((sftp, done) => {
      try {
        sftp.ext_openssh_hardlink(from, to, done);
      } catch {
        // The client says at once that this server has no such request.
        sftp.rename(from, to, done);
      }
    });
  }

  /** Removes a file. It is fine if another process has removed it first. */
  async unlink(path: string): Promise<void> {
    try {
      await this.#done((sftp, done) => sftp.unlink(path, done));
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }

  /** Makes a folder and those above it. */
  async makeFolders(path: string): Promise<void> {
    try {
      if ((await this.stat(path)).kind === 'folder') return;
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    const above = path.replace(/\/+[^/]*$/, '');
    if (above !== path && above !== '') await this.makeFolders(above);
    try {
      await this.#done((sftp, done) => sftp.mkdir(path, done));
    } catch (error) {
      // Another process may have made it. A server tells that in as many words as any other failure.
      const found = await this.stat(path).catch(() => undefined);
      if (found?.kind !== 'folder') throw error;
    }
  }

  /** A server may leave out what it knows of a file in a list. */
  async #entry(path: string, name: string, attributes: Attributes): Promise<Entry> {
    try {
      return { name, stat: statOf(attributes) };
    } catch {
      return { name, stat: await this.lstat(`${path}/${name}`) };
    }
  }

  async #opened(request: Request<Buffer>): Promise<Handle> {
    return await this.#io.run(
      async () => {
        const session = await this.#connection.session(this.#io.within);
        return { session, handle: await session.ask(request, this.#io.within) };
      },
      // Whatever it answers, nobody waits for it any more.
      (late) => this.close(late).catch(() => undefined),
    );
  }

  async #done(request: (sftp: SFTPWrapper, done: (error?: Error | null) => void) => void): Promise<void> {
    await this.#ask<undefined>((sftp, done) => request(sftp, (error) => done(error, undefined)));
  }

  async #ask<T>(request: Request<T>): Promise<T> {
    return await this.#io.run(() => this.#connection.ask(request, this.#io.within));
  }

  async #of<T>(session: Session, request: Request<T>): Promise<T> {
    return await this.#io.run(() => session.ask(request, this.#io.within));
  }
}

function statOf({ size, mtime, mode }: Partial<Attributes>): Stat {
  if (size === undefined || mtime === undefined || mode === undefined)
    throw new Refusal('NO_ATTRIBUTES', new Error('it does not say size, time and kind of a file'));
  const kind = (mode & KIND_BITS) === FILE ? 'file' : (mode & KIND_BITS) === FOLDER ? 'folder' : 'other';
  return { kind, token: `${size}-${mtime}` as Token, modifiedAt: mtime * 1000, changedAt: String(mtime) };
}
