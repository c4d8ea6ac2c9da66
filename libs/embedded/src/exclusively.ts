import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 50;
const WAIT_MS = 300_000;

function tryToListen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const lock = createServer((socket) => socket.destroy());
    lock.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    lock.listen(name, () => resolve(lock));
  });
}

/**
 * Runs `work` while no other process runs its own work for the same folder. The lock is a name in Linux's abstract socket
 * namespace: the kernel frees it when its holder dies, so a `kill -9` leaves no stale lock file.
 */
export async function exclusively<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const folderId = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32);
  const deadline = performance.now() + WAIT_MS;
  let lock = await tryToListen(`\0sluice-${folderId}`);
  while (!lock) {
    if (performance.now() > deadline) {
      throw new Error(
        `another process has been starting servers in ${folder} for ${WAIT_MS / 1000} s: end it, then try again`,
      );
    }
    await pause(POLL_MS);
    lock = await tryToListen(`\0sluice-${folderId}`);
  }
  const held = lock;
  try {
    return await work();
  } finally {
    await new Promise<void>((resolve) => held.close(() => resolve()));
  }
}
