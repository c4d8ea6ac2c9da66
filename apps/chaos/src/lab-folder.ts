import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The guard waits until the lab is gone, however it ended, because then the lab's end of the pipe closes. It kills every
// process that still has its working directory in the folder (servers and apps), and removes the folder unless told to keep it.
const GUARD = `
  wish=$(cat)
  for process in /proc/[0-9]*; do
    case "$(readlink "$process/cwd" 2> /dev/null)" in "$1"|"$1"/*) kill -9 "\${process#/proc/}";; esac
  done
  sleep 0.2
  for small in "$1"/small/*; do umount -l "$small" 2> /dev/null; done
  if [ "$wish" != keep ]; then rm -rf "$1" || { sleep 1; rm -rf "$1"; }; fi
`;

/** The folder of one run. A guard outlives the lab, leaves no process behind, and keeps the folder only if told to. */
export class LabFolder {
  readonly path: string;
  readonly #guard;

  constructor() {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-chaos-')));
    // The account that PostgreSQL runs as must be able to enter, but it cannot list the folder or read the secrets in it.
    chmodSync(this.path, 0o711);
    this.#guard = spawn('sh', ['-c', GUARD, 'sh', this.path], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard.unref();
    const pipe = this.#guard.stdin;
    if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
  }

  /** A folder inside, created if it is missing. */
  in(...names: string[]): string {
    const path = join(this.path, ...names);
    mkdirSync(path, { recursive: true, mode: 0o711 });
    return path;
  }

  /** Kills what still runs in the folder, then removes or keeps it. Must be called last. */
  async close({ keep }: { keep: boolean }): Promise<void> {
    const ended = new Promise((resolve) => this.#guard.once('exit', resolve));
    this.#guard.ref();
    this.#guard.stdin.end(keep ? 'keep' : '');
    await ended;
  }
}
