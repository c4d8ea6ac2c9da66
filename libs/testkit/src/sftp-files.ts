import {
  type BigIntStats,
  closeSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  statfsSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { join, posix } from 'node:path';
import { codeOf } from '@sluice/process';
import { type Field, PacketReader, packet } from './sftp-packets.ts';

/** What a client asks for, by the numbers of version 3 of SFTP. */
const REQUESTS = {
  3: 'open',
  4: 'close',
  5: 'read',
  7: 'lstat',
  8: 'fstat',
  11: 'opendir',
  12: 'readdir',
  13: 'remove',
  14: 'mkdir',
  15: 'rmdir',
  16: 'realpath',
  17: 'stat',
  18: 'rename',
  200: 'extended',
} as const;

export type SftpRequest = (typeof REQUESTS)[keyof typeof REQUESTS] | 'hardlink' | 'statvfs';

/** One request: what is asked for, and the path it is about, also where the client names an open file. */
export interface Asked {
  readonly request: SftpRequest;
  readonly path: string;
}

export const STATUS = { ok: 0, eof: 1, absent: 2, denied: 3, failure: 4, bad: 5, unsupported: 8 } as const;

const [VERSION, HANDLE, DATA, NAME, ATTRS, EXTENDED] = [2, 102, 103, 104, 105, 201];

/** As many names as a server gives at once. */
const NAMES_AT_ONCE = 100;

interface Open {
  readonly path: string;
  readonly fd?: number;
  /** Names that are still to be given. */
  readonly names?: Buffer[];
}

/** Answers the requests of one channel about a folder, which the client sees as `/`. Errors are told as OpenSSH tells them. */
export class SftpFiles {
  readonly #root: string;
  readonly #extensions: readonly string[];
  readonly #open = new Map<string, Open>();
  #handles = 0;

  /** @param extensions those that the server offers, such as `hardlink@openssh.com` */
  constructor(root: string, extensions: readonly string[]) {
    this.#root = root;
    this.#extensions = extensions;
  }

  /** What a packet asks for; undefined for the first one of a channel. */
  asked(bytes: Buffer): Asked | undefined {
    const reader = new PacketReader(bytes);
    const type = reader.byte();
    if (type === 1) return undefined;
    reader.uint32();
    let request: SftpRequest = REQUESTS[type as keyof typeof REQUESTS] ?? 'extended';
    if (request === 'extended') request = reader.text().replace(/@.*/, '') as SftpRequest;
    const first = reader.text();
    return { request, path: this.#open.get(first)?.path ?? first };
  }

  /** The answer to a packet. */
  answer(bytes: Buffer): Buffer {
    const reader = new PacketReader(bytes);
    const type = reader.byte();
    if (type === 1) return packet(VERSION, 3, ...this.#extensions.flatMap((name) => [name, versionOf(name)]));
    const id = reader.uint32();
    try {
      return this.#carryOut(REQUESTS[type as keyof typeof REQUESTS], id, reader);
    } catch (error) {
      return refusal(id, statusOf(codeOf(error)));
    }
  }

  close(): void {
    for (const { fd } of this.#open.values()) if (fd !== undefined) closeSync(fd);
    this.#open.clear();
  }

  #carryOut(request: SftpRequest | undefined, id: number, reader: PacketReader): Buffer {
    const done = () => refusal(id, STATUS.ok);
    switch (request) {
      case 'open': {
        const path = reader.text();
        const [, write, , create, , exclusive] = bits(reader.uint32());
        const flags = write ? (create && exclusive ? 'wx' : 'w') : 'r';
        return this.#opened(id, { path, fd: openSync(this.#real(path), flags) });
      }
      case 'opendir': {
        const path = reader.text();
        const names = readdirSync(this.#real(path), { encoding: 'buffer' });
        return this.#opened(id, { path, names: [Buffer.from('.'), Buffer.from('..'), ...names] });
      }
      case 'close': {
        const handle = reader.text();
        const { fd } = this.#opens(handle);
        if (fd !== undefined) closeSync(fd);
        this.#open.delete(handle);
        return done();
      }
      case 'read': {
        const { fd = -1 } = this.#opens(reader.text());
        const at = reader.uint64();
        const buffer = Buffer.alloc(Math.min(reader.uint32(), 256 * 1024));
        const length = readSync(fd, buffer, 0, buffer.length, at);
        return length === 0 ? refusal(id, STATUS.eof) : packet(DATA, id, buffer.subarray(0, length));
      }
      case 'readdir': {
        const { path, names = [] } = this.#opens(reader.text());
        const some = names.splice(0, NAMES_AT_ONCE);
        if (some.length === 0) return refusal(id, STATUS.eof);
        const fields = some.flatMap((name) => [name, name, ...this.#attributesIn(path, name)]);
        return packet(NAME, id, some.length, ...fields);
      }
      case 'lstat':
        return packet(ATTRS, id, ...attributes(lstatSync(this.#real(reader.text()), { bigint: true })));
      case 'stat':
        return packet(ATTRS, id, ...attributes(statSync(this.#real(reader.text()), { bigint: true })));
      case 'fstat': {
        const { fd = -1 } = this.#opens(reader.text());
        return packet(ATTRS, id, ...attributes(fstatSync(fd, { bigint: true })));
      }
      case 'realpath': {
        const path = posix.resolve('/', reader.text());
        return packet(NAME, id, 1, path, path, 0);
      }
      case 'remove':
        unlinkSync(this.#real(reader.text()));
        return done();
      case 'mkdir':
        mkdirSync(this.#real(reader.text()));
        return done();
      case 'rmdir':
        rmdirSync(this.#real(reader.text()));
        return done();
      case 'rename': {
        const [from, to] = [this.#real(reader.text()), this.#real(reader.text())];
        if (isThere(to)) return refusal(id, STATUS.failure);
        renameSync(from, to);
        return done();
      }
      case 'extended':
        return this.#extended(reader.text(), id, reader);
      default:
        return refusal(id, STATUS.unsupported);
    }
  }

  #extended(name: string, id: number, reader: PacketReader): Buffer {
    if (!this.#extensions.includes(name)) return refusal(id, STATUS.unsupported);
    if (name === 'hardlink@openssh.com') {
      linkSync(this.#real(reader.text()), this.#real(reader.text()));
      return refusal(id, STATUS.ok);
    }
    const { bsize, blocks, bfree, bavail, files, ffree, type } = statfsSync(this.#real(reader.text()), {
      bigint: true,
    });
    const fields = [bsize, bsize, blocks, bfree, bavail, files, ffree, ffree, BigInt.asUintN(64, type), 0n];
    return packet(EXTENDED, id, ...fields, 255n);
  }

  #opened(id: number, open: Open): Buffer {
    this.#handles += 1;
    this.#open.set(String(this.#handles), open);
    return packet(HANDLE, id, String(this.#handles));
  }

  #opens(handle: string): Open {
    const open = this.#open.get(handle);
    if (open === undefined) throw new Error('no such handle');
    return open;
  }

  #attributesIn(path: string, name: Buffer): Field[] {
    const whole = Buffer.concat([Buffer.from(`${this.#real(path)}/`), name]);
    return attributes(lstatSync(whole, { bigint: true }));
  }

  /** The path here of one that a client names. */
  #real(path: string): string {
    return join(this.#root, posix.resolve('/', path));
  }
}

/** An answer without a result: a status with its number. */
export function refusal(id: number, status: number): Buffer {
  return packet(101, id, status, '', '');
}

function versionOf(extension: string): string {
  return extension.startsWith('statvfs') ? '2' : '1';
}

function bits(flags: number): boolean[] {
  return Array.from({ length: 6 }, (_, i) => (flags & (1 << i)) !== 0);
}

function attributes({ size, uid, gid, mode, atimeMs, mtimeMs }: BigIntStats): Field[] {
  const seconds = [atimeMs, mtimeMs].map((ms) => Number(ms / 1000n));
  return [0xf, size, Number(uid), Number(gid), Number(mode), ...seconds];
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function statusOf(code: string): number {
  if (['ENOENT', 'ENOTDIR', 'EBADF', 'ELOOP'].includes(code)) return STATUS.absent;
  if (['EPERM', 'EACCES'].includes(code)) return STATUS.denied;
  return ['ENAMETOOLONG', 'EINVAL'].includes(code) ? STATUS.bad : STATUS.failure;
}
