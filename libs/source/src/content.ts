import { compressionOf, expand } from './expand.ts';
import type { OpenSource } from './open-source.ts';
import { unzip } from './zip/unzip.ts';

/**
 * The content of a source file, expanded as its name says. The bytes of the file are hashed on the way.
 *
 * @param limit how many times its size a compressed file may expand to
 * @throws {ExpansionFault} when nothing more can be read
 */
export async function* contentOf(
  source: OpenSource,
  name: string,
  limit: number,
): AsyncGenerator<Uint8Array> {
  const compression = compressionOf(name);
  if (compression === null) yield* source.hashedBlocks();
  else if (compression === 'zip') yield* unzip(source, limit);
  else yield* expand(source.hashedBlocks(), { compression, size: await source.size(), limit });
}
