import type { RequestListener, Server } from 'node:http';

/** Requests and answers are small, so a client that needs longer only holds a connection. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
} as const;
/** After this time without any traffic a connection is closed, such as one whose client does not read. */
const IDLE_MS = 5 * 60_000;
const MOST_CONNECTIONS = 256;

/** An HTTP server that ends requests which take too long, and closes connections beyond a limit (I8). */
export function limitedServer(listener: RequestListener): Server {
  // An import would load what Node has for WebSockets too, in every process, and most processes serve nothing.
  const server = process.getBuiltinModule('node:http').createServer(LIMITS, listener);
  server.timeout = IDLE_MS;
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}
