import type { ServerAddress } from '@sluice/process';

/** A running server. It outlives the process that started it, until it is stopped. */
export interface RunningServer {
  readonly address: ServerAddress;
  /** Its working directory. Together with the program's name it proves that a pid is this server. */
  readonly workingFolder: string;
  isAlive(): boolean;
  /** Ends it and waits until it is gone. Does nothing when it is gone already. */
  stop(): Promise<void>;
}
