import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Whether the next reply is cut in the middle. */
  cut: boolean;
}

/** A proxy between the apps and one server that breaks connections. */
export class TcpProxy {
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  #broken = 0;

  private constructor(port: number) {
    this.#listener = createServer((client) => this.#join(client, port));
  }

  static async before(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port);
    proxy.#listener.listen(0, '127.0.0.1');
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** How many connections have ended, whoever ended them. */
  get broken(): number {
    return this.#broken;
  }

  /** Resets all connections, either now or in the middle of their next reply. Returns how many. */
  reset({ inReply }: { inReply: boolean }): number {
    const pairs = [...this.#pairs];
    for (const pair of pairs) {
      if (inReply) pair.cut = true;
      else this.#break(pair);
    }
    return pairs.length;
  }

  async close(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const pair of this.#pairs) this.#break(pair);
    await closed;
  }

  #join(client: Socket, port: number): void {
    const server = connect({ port, host: '127.0.0.1' });
    const pair: Pair = { client, server, cut: false };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // When one side ends, the other must end too. The kind of error does not matter.
      socket.on('error', () => this.#break(pair));
      socket.on('close', () => this.#break(pair));
    }
    client.on('data', (bytes) => forward(bytes, client, server));
    server.on('data', (bytes) => {
      if (!pair.cut) return forward(bytes, server, client);
      client.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => this.#break(pair));
    });
  }

  #break(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    this.#broken += 1;
    pair.client.resetAndDestroy();
    pair.server.resetAndDestroy();
  }
}

/** Forwards bytes no faster than the other side reads them. */
function forward(bytes: Buffer, from: Socket, to: Socket): void {
  if (to.write(bytes)) return;
  from.pause();
  to.once('drain', () => from.resume());
}
