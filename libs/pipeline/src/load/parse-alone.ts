import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FileToParse } from '@sluice/ledger';
import type { Config } from '@sluice/process';
import type { Stores } from '../stores.ts';
import type { FileParsed } from './parse-file.ts';

/** What the other process is told. Both run the same program, so its form needs no version. */
export interface AloneOrder {
  readonly config: Config;
  readonly file: FileToParse;
  readonly queuedAt: Date;
}

/** What it answers, unless it dies. */
export type AloneAnswer = { readonly parsed: FileParsed } | { readonly error: Error };

const PROCESS = fileURLToPath(new URL('./parse-alone-process.ts', import.meta.url));

/**
 * Parses one file in a process of its own: one that may have ended workers must end no other again, and only its own end
 * proves it guilty (I9). `crash` says how that process died.
 */
export async function parseAlone(
  file: FileToParse,
  queuedAt: Date,
  { config }: Pick<Stores, 'config'>,
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
  // It ends by itself when this process does. A stop does not wait for it.
  const stop = () => child.kill('SIGKILL');
  stopping.addEventListener('abort', stop);
  try {
    child.send({ config: { ...config }, file, queuedAt } satisfies AloneOrder, () => undefined);
    const [code, signal] = await once(child, 'exit');
    if (answer !== undefined && 'parsed' in answer) return answer.parsed;
    if (answer !== undefined) throw answer.error;
    return stopping.aborted ? { outcome: 'returned' } : { crash: String(signal ?? `exit code ${code}`) };
  } finally {
    stopping.removeEventListener('abort', stop);
  }
}
