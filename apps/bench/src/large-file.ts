import { writeContents } from './loads/contents.ts';
import { KINDS } from './loads/kinds.ts';
import { writeLargeFile } from './loads/large-file.ts';
import type { Servers } from './servers.ts';
import { compareWithCopy, type Throughput } from './throughput.ts';

/** A watcher, and each worker, must stay below this, however large a file is (I8). */
export const MEMORY_GOAL_MIB = 256;

export interface LargeFile {
  readonly mib: number;
  readonly workers: number;
  readonly rounds: number;
  readonly seed: number;
}

/** Loads one large file through the real apps and with raw COPY. */
export function measureLargeFile(servers: Servers, o: LargeFile): Promise<Throughput> {
  const contents = writeContents(servers, KINDS.plain, o.seed, (into, prefix) =>
    writeLargeFile(into, prefix, o.mib, o.seed),
  );
  return compareWithCopy(servers, contents, o);
}
