import { createInterface } from 'node:readline/promises';
import { ErrorWithHint } from '@sluice/process';

/** Whether a person can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true;
}

/** Asks on the terminal. Undefined: Ctrl-C, Ctrl-D, or the end of this process. */
export async function answerTo(question: string, stopping: AbortSignal): Promise<string | undefined> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new AbortController();
  prompt.once('SIGINT', () => ended.abort());
  prompt.once('close', () => ended.abort());
  const signal = AbortSignal.any([stopping, ended.signal]);
  try {
    return (await prompt.question(question, { signal })).trim();
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write('\n');
    return undefined;
  } finally {
    prompt.close();
  }
}

/**
 * Asks before something that is hard to undo. `yes` is the answer of scripts. Without it, the command refuses if there is no
 * terminal to ask on.
 */
export async function confirmed(question: string, yes: boolean, stopping: AbortSignal): Promise<boolean> {
  if (yes) return true;
  if (!canAsk()) {
    throw new ErrorWithHint(
      'nothing was changed, because nobody can be asked here',
      'run it again with --yes to go on with what is shown above',
    );
  }
  // No answer means no.
  return /^y(es)?$/i.test((await answerTo(`${question} [y/N] `, stopping)) ?? '');
}
