import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { type Asked, refusal, SftpFiles } from './sftp-files.ts';
import { PacketStream } from './sftp-packets.ts';
import { tempFolder } from './temp-folder.ts';

const { Server, utils } = ssh2;

/**
 * What happens to a request instead of its answer: the connection is cut before or after it is carried out, it is never answered, or it
 * is refused with a status of SFTP.
 */
type SftpFault = 'cut' | 'cut after' | 'silence' | { readonly status: number };

/** A server of SFTP with a key of its own, one user, and faults on command. It listens on loopback only. */
export class SftpServer implements AsyncDisposable {
  /** The folder that the user sees as `/`. */
  readonly root = tempFolder();
  readonly user = 'partner';
  /** The path of the private key that the server takes. */
  readonly keyFile = join(tempFolder(), 'key');
  /** The public key of the server, as a file of known hosts has it: type and key. */
  readonly hostKey: string;
  /** Asked about each request, before it is carried out. */
  fault: (asked: Asked) => SftpFault | undefined = () => undefined;
  /** Answers come in pieces of so many bytes, one after each turn of the clock, as from a slow line. */
  trickle: number | undefined;
  /** The requests that have come, in their order. */
  readonly asked: Asked[] = [];
  /** How many connections have been made. */
  connections = 0;
  readonly #net = createServer((socket) => this.#take(socket));
  readonly #ssh: InstanceType<typeof Server>;
  readonly #extensions: readonly string[];
  readonly #sockets = new Set<Socket>();
  #frozen = false;
  #port = 0;

  private constructor(extensions: readonly string[]) {
    this.#extensions = extensions;
    const [host, client] = [freshKeys(), freshKeys()];
    this.hostKey = host.public;
    writeFileSync(this.keyFile, client.private, { mode: 0o600 });
    const allowed = utils.parseKey(client.public);
    if (allowed instanceof Error) throw allowed;
    this.#ssh = new Server({ hostKeys: [host.private] }, (connection) => {
      connection.on('authentication', (context) => {
        const known =
          context.method === 'publickey' &&
          context.username === this.user &&
          context.key.data.equals(allowed.getPublicSSH()) &&
          (context.signature === undefined ||
            allowed.verify(context.blob ?? '', context.signature, context.hashAlgo));
        if (known) context.accept();
        else context.reject(['publickey']);
      });
      connection.on('error', () => undefined);
      connection.on('session', (accept) => {
        accept().on('subsystem', (acceptChannel: () => ServerChannel) =>
          this.#serve(connection, acceptChannel()),
        );
      });
    });
  }

  /** @param extensions those that it offers */
  static async start(
    extensions: readonly string[] = ['hardlink@openssh.com', 'statvfs@openssh.com'],
  ): Promise<SftpServer> {
    const server = new SftpServer(extensions);
    await server.resume();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** A place on this server, as a feed names it. */
  place(path: string): string {
    return `sftp://${this.user}@127.0.0.1:${this.#port}${path}`;
  }

  /** How a feed reaches it. */
  get auth(): { readonly keyFile: string; readonly hostKey: string } {
    return { keyFile: this.keyFile, hostKey: this.hostKey };
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Reads nothing and answers nothing any more, as a server does that hangs. Connections are still taken. */
  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    this.#frozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Goes away: cuts every connection and takes no more. */
  async stop(): Promise<void> {
    this.#net.close();
    this.cut();
    if (this.#net.listening) await once(this.#net, 'close');
  }

  /** Comes again, at the same port. */
  async resume(): Promise<void> {
    this.#net.listen(this.#port, '127.0.0.1');
    await once(this.#net, 'listening');
    const address = this.#net.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    this.connections += 1;
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    if (!this.#frozen) this.#ssh.injectSocket(socket.setNoDelay(true));
  }

  #serve(connection: Connection, channel: ServerChannel): void {
    const files = new SftpFiles(this.root, this.#extensions);
    const packets = new PacketStream();
    channel.on('data', (bytes: Buffer) => {
      for (const packet of packets.push(bytes)) this.#reply(files, packet, connection, channel);
    });
    channel.on('close', () => files.close()).on('error', () => undefined);
  }

  #reply(files: SftpFiles, bytes: Buffer, connection: Connection, channel: ServerChannel): void {
    const asked = files.asked(bytes);
    if (asked !== undefined) this.asked.push(asked);
    const fault = asked === undefined ? undefined : this.fault(asked);
    if (fault === 'silence') return;
    if (fault === 'cut') return void connection.end();
    if (typeof fault === 'object') return void channel.write(refusal(bytes.readUInt32BE(1), fault.status));
    const answer = files.answer(bytes);
    if (fault === 'cut after') return void connection.end();
    if (this.trickle === undefined) channel.write(answer);
    else this.#drip(channel, answer, this.trickle);
  }

  #drip(channel: ServerChannel, rest: Buffer, bytes: number): void {
    channel.write(rest.subarray(0, bytes));
    if (rest.length > bytes) setTimeout(() => this.#drip(channel, rest.subarray(bytes), bytes), 10);
  }
}

/** The library makes a pair that it cannot read itself about once in a hundred times. */
function freshKeys(): { readonly private: string; readonly public: string } {
  for (;;) {
    const keys = utils.generateKeyPairSync('ed25519');
    const read = [keys.private, keys.public].map((key) => utils.parseKey(key));
    if (!read.some((key) => key instanceof Error)) return keys;
  }
}
