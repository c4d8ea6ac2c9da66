import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { readIfPresent, writeAtomically } from '@sluice/process';

// Ports stay below the kernel's range for outgoing connections (32768 and up). Inside that range, a client that keeps
// reconnecting to a stopped server can get the server's own port as its source port, connect to itself and hold the port.
const LOWEST = 20_000;
const HIGHEST = 32_767;
const TRIES = 50;

/** Whether a server can listen on this port now. */
export function isFreePort(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * A free TCP port of 127.0.0.1: the one used last time (kept in `portFile`) if it is still free, else a random one.
 * Another program may take the port before the server does. The caller then tries again.
 */
export async function choosePort(portFile: string): Promise<number> {
  const previous = Number(readIfPresent(portFile) ?? Number.NaN);
  if (Number.isInteger(previous) && previous > 0 && previous < 65_536 && (await isFreePort(previous))) {
    return previous;
  }
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isFreePort(port)) return port;
  }
  throw new Error(
    `no free port: ${TRIES} random ports of 127.0.0.1 between ${LOWEST} and ${HIGHEST} were all taken. ` +
      'Stop what listens there, or set DATABASE_URL and REDIS_URL to servers of your own.',
  );
}

/** Saves the port for {@link choosePort}, so that addresses stay the same from one start to the next. */
export function rememberPort(portFile: string, port: number): void {
  writeAtomically(portFile, `${port}\n`, 0o644);
}
