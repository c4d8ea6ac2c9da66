import { ErrorWithHint } from '@sluice/process';
import { printable, printableJson } from './printable.ts';

/** Characters written at once. */
const BLOCK = 64 * 1024;

/**
 * Writes pieces to stdout as they come, each of them whole lines, and waits until they have left this process: any
 * number takes the same memory (I8), and its exit cuts nothing off. A reader that went away (`| head`) is the end and no
 * error. On a terminal, what that would act on is shown instead (I10).
 *
 * @throws {ErrorWithHint} when it was stopped before the end: half an export must not look like a whole one
 */
export async function writeOut(pieces: AsyncIterable<string>, stopping: AbortSignal): Promise<void> {
  const shown = process.stdout.isTTY ? onTerminal(pieces) : pieces;
  let block = '';
  for await (const piece of shown) {
    if (stopping.aborted) throw new ErrorWithHint('stopped: what was written is not all', 'run it again');
    block += piece;
    if (block.length < BLOCK) continue;
    if ((await written(block)) === 'nobody reads') return;
    block = '';
  }
  await written(block);
}

function written(text: string): Promise<'written' | 'nobody reads'> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error) resolve('written');
      else if ('code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'))
        resolve('nobody reads');
      else reject(error);
    });
  });
}

/** The values as one JSON array, one a line. */
export async function* jsonArray(values: AsyncIterable<object>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const value of values) {
    yield `${before}  ${printableJson(value)}`;
    before = ',\n';
  }
  yield before === ',\n' ? '\n]\n' : '[]\n';
}

async function* onTerminal(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) {
    yield piece
      .split('\n')
      .map((line) => printable(line.replace(/\r$/, '')))
      .join('\n');
  }
}
