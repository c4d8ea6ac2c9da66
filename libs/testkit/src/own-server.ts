import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningServer, startPostgres, startRedis } from '@sluice/embedded';
import { tempFolder } from './temp-folder.ts';
import { waitFor } from './wait-for.ts';

/** A server for one test, which may wipe, kill and restart it. Its address always stays the same. */
export interface OwnServer {
  readonly url: string;
  readonly port: number;
  /** The pid of the server that is running, or ran last. */
  readonly pid: number;
  /** Crashes the server with SIGKILL and waits until it is gone. */
  kill(): Promise<void>;
  /** Shuts the server down cleanly, so that its data is saved. */
  stop(): Promise<void>;
  /** Starts the server again on the same port, with its data or empty. */
  start(o?: { readonly empty: boolean }): Promise<void>;
}

async function ownServer(
  start: (port?: number) => Promise<RunningServer>,
  removeData: () => void,
): Promise<OwnServer> {
  let server = await start();
  const { url, port } = server.address;
  return {
    url,
    port,
    get pid() {
      return server.address.pid;
    },
    kill: async () => {
      if (server.isAlive()) process.kill(server.address.pid, 'SIGKILL');
      await waitFor(() => !server.isAlive(), { what: `the end of killed process ${server.address.pid}` });
    },
    stop: () => server.stop(),
    start: async (o) => {
      await server.stop();
      if (o?.empty) removeData();
      server = await start(port);
    },
  };
}

/** A Redis that keeps its data across restarts. The test must stop it at its end. */
export function ownRedis(): Promise<OwnServer> {
  const folder = tempFolder();
  return ownServer(
    (port) => startRedis({ folder, ...(port !== undefined && { port }) }),
    () => rmSync(join(folder, 'appendonlydir'), { recursive: true, force: true }),
  );
}

/** A PostgreSQL with an empty database that keeps its data across restarts. The test must stop it at its end. */
export function ownPostgres(): Promise<OwnServer> {
  const folder = tempFolder();
  return ownServer(
    (port) => startPostgres({ folder, ...(port !== undefined && { port }) }),
    () => rmSync(join(folder, 'data'), { recursive: true, force: true }),
  );
}
