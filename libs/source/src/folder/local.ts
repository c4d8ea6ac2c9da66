import { statfs } from 'node:fs/promises';
import type { SourceIo } from '../source-io.ts';

/**
 * The file systems that answer without another machine or process, by the type that statfs gives: ext2 to ext4, XFS, Btrfs, tmpfs,
 * ramfs, overlayfs, F2FS, ZFS and bcachefs. Any other one may hang, for example NFS, SMB, Ceph, 9p, and all that FUSE mounts.
 */
const LOCAL = new Set([
  ...[0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x858458f6, 0x794c7630, 0xf2f52010, 0x2fc12fc1, 0xca451a4e],
]);

/** Whether a file system of this type answers at once. Some systems give the type as a negative number. */
function isLocal(type: number): boolean {
  return LOCAL.has(type >>> 0);
}

/** How long an answer counts, in ms, because another file system may be mounted at any time. */
const GOOD_FOR_MS = 1_000;

/**
 * Whether a folder lies in a local file system. There, a synchronous call is much cheaper than one that goes through a thread. On one
 * that hangs, it would stop the whole process.
 */
export class Locality {
  readonly #path: string;
  readonly #io: SourceIo;
  #local = false;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, io: SourceIo) {
    this.#path = path;
    this.#io = io;
  }

  async isLocal(): Promise<boolean> {
    if (performance.now() - this.#askedAt > GOOD_FOR_MS) {
      this.#local = false;
      this.#local = await this.#io
        .run(async () => isLocal((await statfs(this.#path)).type))
        .catch(() => false);
      this.#askedAt = performance.now();
    }
    return this.#local;
  }
}
