import { connect as connectSocket, type Socket } from 'node:net';
import type { Client, SFTPWrapper } from 'ssh2';
import { type SourceAway, SourceHangs } from '../errors.ts';
import type { Address } from './address.ts';
import { connectFailure, refusalOf } from './failure.ts';
import { otherKey, type Recognition, trustOf } from './host-key.ts';
import { type Credentials, loginOf } from './login.ts';

/** How a server is reached. */
export type Auth = Recognition & Credentials;

type Answered<T> = (error: Error | null | undefined, answer: T) => void;

/** A request to a server, which is called back with its answer. */
export type Request<T> = (sftp: SFTPWrapper, answered: Answered<T>) => void;

/** A connection of which nothing is asked for so long is closed, in ms. */
const IDLE_MS = 60_000;

/** A request may take so many times as long as the server may be silent, while the server answers others. */
const LONGEST = 10;

/**
 * A connection that was made, with its one channel of SFTP. Once it is lost, it stays lost. It keeps the process alive only while
 * something is asked of it.
 */
export class Session {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #sftp: SFTPWrapper;
  readonly #place: string;
  readonly #waiting = new Set<(error: Error) => void>();
  #lost: SourceAway | undefined;
  #hasAnswered = false;

  private constructor(client: Client, socket: Socket, sftp: SFTPWrapper, place: string) {
    this.#client = client;
    this.#socket = socket;
    this.#sftp = sftp;
    this.#place = place;
    client.on('error', (error) => this.#lose(connectFailure(error, place)));
    client.on('close', () => this.#lose(connectFailure(new Error('the connection has ended'), place)));
    for (const event of ['close', 'end', 'error'])
      sftp.on(event, () => this.#lose(connectFailure(new Error('the channel of SFTP has ended'), place)));
    // The time runs while the socket is silent, so a slow server has all the time that it needs, and a frozen one has not.
    socket.on('timeout', () => this.#lose(new SourceHangs(place)));
    this.#rest();
  }

  /**
   * Connects and logs in.
   *
   * @param within how long the server may be silent, in ms
   * @throws {SourceAway} with what is wrong and what to do about it
   */
  static async open(address: Address, auth: Auth, within: number): Promise<Session> {
    const { user, host, port } = address;
    const place = `sftp://${user}@${host}:${port}`;
    const [trust, login] = await Promise.all([trustOf(address, auth), loginOf(auth)]);
    const { default: ssh2 } = await import('ssh2');
    const client = new ssh2.Client();
    // Without this, each answer waits for the clock of TCP, and a file of 100 MB takes a minute instead of a second.
    const socket = connectSocket({ host, port, noDelay: true }).setTimeout(within);
    let shown: Buffer | undefined;
    const hostVerifier = (key: Buffer) => {
      shown = trust.accepts(key) ? undefined : key;
      return shown === undefined;
    };
    try {
      const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
        socket.on('timeout', () => reject(new SourceHangs(place)));
        client
          .on('error', reject)
          .on('close', () => reject(new Error('the server has ended the connection')));
        client.on('ready', () => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))));
        client.connect({
          sock: socket,
          username: user,
          hostVerifier,
          algorithms: { serverHostKey: trust.algorithms },
          readyTimeout: within,
          ...login.settings,
        });
      });
      return new Session(client, socket, sftp, place);
    } catch (error) {
      client.on('error', () => undefined);
      client.destroy();
      socket.destroy();
      throw shown === undefined ? connectFailure(error, place, login.shows) : otherKey(address, shown);
    }
  }

  /** Why the connection is lost; undefined while it is not. */
  get lost(): SourceAway | undefined {
    return this.#lost;
  }

  /** Whether the server has ever answered a request. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** How many bytes have come. The number grows as long as the server answers at all, however slowly. */
  get received(): number {
    return this.#socket.bytesRead;
  }

  /**
   * Asks the server.
   *
   * @param within how long the server may be silent, in ms
   * @throws {Refusal} when the server refuses   @throws {SourceAway} when the connection is lost
   */
  async ask<T>(request: Request<T>, within: number): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    this.#socket.ref().setTimeout(within);
    const longest = setTimeout(() => this.#lose(new SourceHangs(this.#place)), LONGEST * within);
    try {
      request(this.#sftp, (error, answer) => {
        this.#hasAnswered ||= this.#lost === undefined;
        if (error) reject(this.#lost ?? refusalOf(error, this.#place));
        else resolve(answer);
      });
      return await promise;
    } finally {
      clearTimeout(longest);
      this.#waiting.delete(reject);
      if (this.#waiting.size === 0) this.#rest();
    }
  }

  close(): void {
    this.#lose(connectFailure(new Error('the connection was closed'), this.#place));
  }

  #rest(): void {
    if (this.#lost === undefined) this.#socket.unref().setTimeout(IDLE_MS);
  }

  #lose(error: SourceAway): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    this.#client.destroy();
    this.#socket.destroy();
    for (const reject of this.#waiting) reject(error);
  }
}
