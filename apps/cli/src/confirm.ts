import { createInterface } from 'node:readline/promises';
import { ErrorWithHint } from '@sluice/process';

/**
 * Asks before something that is hard to undo. `yes` is the answer of scripts. Without it, the command refuses if there is no
 * terminal to ask on.
 */
export async function confirmed(question: string, yes: boolean, stopping: AbortSignal): Promise<boolean> {
  if (yes) return true;
  if (process.stdin.isTTY !== true) {
    throw new ErrorWithHint(
      'nothing was changed, because nobody can be asked here',
      'run it again with --yes to go on with what is shown above',
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new AbortController();
  // Ctrl-C and Ctrl-D mean no.
  prompt.once('SIGINT', () => ended.abort());
  prompt.once('close', () => ended.abort());
  const signal = AbortSignal.any([stopping, ended.signal]);
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `, { signal })).trim());
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write('\n');
    return false;
  } finally {
    prompt.close();
  }
}
