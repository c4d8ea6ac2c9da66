import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { printable, printableJson } from './printable.ts';

/**
 * Writes pieces to stdout as they come, each of them whole lines. It waits while the reader is slow, so that any number takes the same
 * memory (I8); a reader that went away (`| head`) is the end and no error. On a terminal, what that would act on is
 * shown instead (I10).
 */
export async function writeOut(pieces: AsyncIterable<string>): Promise<void> {
  const shown = process.stdout.isTTY ? onTerminal(pieces) : pieces;
  try {
    await pipeline(Readable.from(shown), process.stdout, { end: false });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  }
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
