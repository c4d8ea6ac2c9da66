import { type Chunk, EventFile, Utf8Lines } from '@sluice/core';
import type { OpenSource } from '@sluice/source';

/** The chunks of a file version, as a parse cuts them, without staging them (I6). The last one has the total. */
export async function* readChunks(source: OpenSource, chunkRows: number): AsyncGenerator<Chunk> {
  const events = new EventFile({ chunkRows });
  const lines = new Utf8Lines();
  const chunksOf = ({ text, invalid }: ReturnType<Utf8Lines['end']>): Chunk[] => {
    const chunks = events.push(text);
    if (invalid) events.fail({ reason: 'encoding', detail: 'a line that is not UTF-8' });
    return chunks;
  };
  for await (const block of source.blocks()) {
    yield* chunksOf(lines.push(block));
    if (events.fault !== null) break;
  }
  if (events.fault === null) yield* chunksOf(lines.end());
  if (events.fault === null) yield* events.finish();
  yield events.end('');
}
