import type { ServerAddress } from '@sluice/process';

/** A server that runs. It outlives the process that started it, until it is stopped. */
export interface RunningServer {
  readonly address: ServerAddress;
  /** Its working directory: with the program's name, the proof that a pid is this server. */
  readonly workingFolder: string;
  isAlive(): boolean;
  /** Ends it and waits until it is gone; does nothing when it is gone already. */
  stop(): Promise<void>;
}
