import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '@sluice/process';

const BLOCK = Buffer.alloc(1024 * 1024);

/** A separate file system that can be filled, if the user is allowed to mount one. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Returns undefined if the user is not allowed to mount, and says why. */
  static mount(folder: string, mebibytes: number, say: (message: string) => void): SmallDisk | undefined {
    const args = ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0711`, 'sluice-chaos', folder];
    const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' });
    if (status === 0) {
      chmodSync(folder, 0o711);
      return new SmallDisk(folder);
    }
    say(`no small file system can be mounted here (${(stderr || error?.message || '').trim()})`);
    return undefined;
  }

  get #filler(): string {
    return join(this.folder, 'filler');
  }

  fill(): void {
    const file = openSync(this.#filler, 'a');
    try {
      for (let block = BLOCK; block.length > 0; )
        if (!writes(file, block)) block = block.subarray(0, Math.floor(block.length / 2));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }
}

function writes(file: number, block: Buffer): boolean {
  try {
    return writeSync(file, block) > 0;
  } catch (error) {
    if (codeOf(error) === 'ENOSPC') return false;
    throw error;
  }
}
