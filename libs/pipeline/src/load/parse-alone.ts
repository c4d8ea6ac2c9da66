import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FileToParse } from '@sluice/ledger';
import type { Config } from '@sluice/process';
import type { Stores } from '../stores.ts';
import type { FileParsed } from './parse-file.ts';

/** The message to the other process. Both run the same program, so the message needs no version. */
export interface AloneOrder {
  /** Without the function, which cannot be sent. */
  readonly config: Omit<Config, 'variable'>;
  readonly file: FileToParse;
  readonly queuedAt: Date;
}

/** The answer of the other process, unless it dies. */
export type AloneAnswer = { readonly parsed: FileParsed } | { readonly error: Error };

const PROCESS = fileURLToPath(new URL('./parse-alone-process.ts', import.meta.url));

/**
 * Parses one file in a separate process. A file that may have crashed workers must not crash another one, and only a crash of
 * its own process proves that the file is the cause (I9). `crash` says how that process died.
 */
export async function parseAlone(
  file: FileToParse,
  queuedAt: Date,
  { config: { variable: _, ...config } }: Pick<Stores, 'config'>,
  stopping: AbortSignal,
): Promise<FileParsed | { readonly crash: string }> {
  const child = fork(PROCESS, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let answer: AloneAnswer | undefined;
  child.once('message', (message) => {
    answer = message as AloneAnswer;
  });
  // The child ends by itself when this process ends. A stop does not wait for it.
  const stop = () => child.kill('SIGKILL');
  stopping.addEventListener('abort', stop);
  try {
    child.send({ config, file, queuedAt } satisfies AloneOrder, () => undefined);
    const [code, signal] = await once(child, 'exit');
    if (answer !== undefined && 'parsed' in answer) return answer.parsed;
    if (answer !== undefined) throw answer.error;
    return stopping.aborted ? { outcome: 'returned' } : { crash: String(signal ?? `exit code ${code}`) };
  } finally {
    stopping.removeEventListener('abort', stop);
  }
}
