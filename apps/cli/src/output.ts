import { ErrorWithHint } from '@sluice/process';
import { printable, printableJson } from './printable.ts';

/** How many characters are written at once. */
const BLOCK = 64 * 1024;

/**
 * Writes pieces of whole lines to stdout as they come, and waits until they have left this process. So any number of
 * pieces takes the same memory (I8), and exiting cuts nothing off. If the reader went away (`| head`), writing ends without
 * an error. On a terminal, characters that it would act on are shown as escapes instead (I10).
 *
 * @throws {ErrorWithHint} when stopped before the end, because half an export must not look like a whole one
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

/** The values as one JSON array, with one value per line. */
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
