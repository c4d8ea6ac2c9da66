import { createServer, type RequestListener, type Server } from 'node:http';

/** What we ask and what we answer is small: who needs longer to say it only holds a connection. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
} as const;
/** A connection on which nothing moves any more, such as that of a reader who does not read. */
const IDLE_MS = 5 * 60_000;
const MOST_CONNECTIONS = 256;

/** An HTTP server that ends requests which do not come to an end, and closes connections beyond a number (I8). */
export function limitedServer(listener: RequestListener): Server {
  const server = createServer(LIMITS, listener);
  server.timeout = IDLE_MS;
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}
