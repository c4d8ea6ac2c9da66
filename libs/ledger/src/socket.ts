import { once } from 'node:events';
import { connect as connectTcp, Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type PostgresTls, postgresTls, TLS_NOT_OFFERED } from '@sluice/process';

/** How the latest session of a pool is secured. */
export interface SessionSecurity {
  /** Such as `TLSv1.3`; null when the session is not encrypted. */
  readonly protocol: string | null;
  readonly verifies: PostgresTls['verifies'];
}

export interface SocketOptions {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly withinMs: number;
  /** Ends connections that are still being opened. */
  readonly closing: AbortSignal;
  opened(security: SessionSecurity): void;
}

/** Asks a PostgreSQL server whether it speaks TLS. The server answers S or N. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

const TOO_LATE = 'CONNECT_TIMEOUT';

/**
 * Opens a connection to PostgreSQL, encrypted and verified as its URL says. The driver's own TLS is not used: it expects the
 * name `localhost` when the host is an address, and goes on in another protocol when a server has no TLS.
 *
 * The promise never rejects, because the driver would lose the connection's place in its pool. It returns a socket that ends
 * with the error instead.
 */
export async function openSocket(o: SocketOptions): Promise<Socket> {
  try {
    const tls = postgresTls(o.url);
    const socket = await within(o, (keep) => secured(o, tls, keep));
    // The driver uses host and port to name the server in its errors.
    return Object.assign(socket, { host: o.host, port: o.port });
  } catch (error) {
    const dead = new Socket();
    setImmediate(() => dead.destroy(error instanceof Error ? error : new Error(String(error))));
    return Object.assign(dead, { host: o.host, port: o.port });
  }
}

/** Ends every socket passed to `keep` when `open` takes too long or fails, or when the pool is closed. */
async function within(
  { withinMs, closing, host, port }: SocketOptions,
  open: (keep: (socket: Socket) => void) => Promise<Socket>,
): Promise<Socket> {
  const kept: Socket[] = [];
  const tooLate = Object.assign(new Error(`no answer of ${host}:${port} within ${withinMs / 1000} s`), {
    code: TOO_LATE,
  });
  const end = () => {
    for (const socket of kept) socket.destroy(tooLate);
  };
  const timer = setTimeout(end, withinMs);
  closing.addEventListener('abort', end);
  try {
    return await open((socket) => kept.push(socket.on('error', () => undefined)));
  } catch (error) {
    for (const socket of kept) socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', end);
  }
}

async function secured(o: SocketOptions, tls: PostgresTls, keep: (socket: Socket) => void): Promise<Socket> {
  const plain = await connected(o, keep);
  const answer = tls.mode === 'disable' ? 'N' : await answerToRequest(plain);
  if (answer === 'S') {
    try {
      const encrypted = await handshake(plain, tls, keep);
      o.opened({ protocol: encrypted.getProtocol(), verifies: tls.verifies });
      return encrypted;
    } catch (error) {
      if (!tls.optional || o.closing.aborted || isTooLate(error)) throw error;
      // Like libpq, sslmode=prefer falls back to a session without TLS on a new connection.
      o.opened({ protocol: null, verifies: 'nothing' });
      return await connected(o, keep);
    }
  }
  if (answer !== 'N')
    throw Object.assign(new Error('it answers as no PostgreSQL does'), { code: 'CONNECTION_UNEXPECTED' });
  if (!tls.optional) {
    const message = `the server speaks no TLS, which sslmode=${tls.mode} asks for`;
    throw Object.assign(new Error(message), { code: TLS_NOT_OFFERED });
  }
  o.opened({ protocol: null, verifies: 'nothing' });
  return plain;
}

function isTooLate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === TOO_LATE;
}

async function connected(
  { host, port, closing }: SocketOptions,
  keep: (socket: Socket) => void,
): Promise<Socket> {
  closing.throwIfAborted();
  const socket = connectTcp({ host, port });
  keep(socket);
  await once(socket, 'connect');
  return socket;
}

async function answerToRequest(socket: Socket): Promise<string> {
  socket.write(SSL_REQUEST);
  const closed = once(socket, 'close').then(() => {
    throw Object.assign(new Error('it closed the connection when it was asked for TLS'), {
      code: 'ECONNRESET',
    });
  });
  const [answer] = (await Promise.race([once(socket, 'data'), closed])) as [Buffer];
  // More than one letter means that somebody in between added unencrypted data, which libpq refuses too.
  return answer.length === 1 ? answer.toString('latin1') : 'more than an answer';
}

async function handshake(
  plain: Socket,
  { options }: PostgresTls,
  keep: (socket: Socket) => void,
): Promise<TLSSocket> {
  const socket = connectTls({ ...options, socket: plain });
  keep(socket);
  await once(socket, 'secureConnect');
  return socket;
}
