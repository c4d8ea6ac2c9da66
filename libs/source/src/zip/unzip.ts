import { crc32 } from 'node:zlib';
import { ExpansionFault, expand } from '../expand.ts';
import type { OpenSource } from '../open-source.ts';
import { onlyMember } from './member.ts';

/**
 * The content of the only member of a zip archive, in constant memory. The whole archive passes through {@link OpenSource.hashedBlocks},
 * so that its hash is known at the end as for any other file.
 *
 * @param limit how many times the size of the archive the member may have
 * @throws {ExpansionFault} when nothing more can be read
 */
export async function* unzip(source: OpenSource, limit: number): AsyncGenerator<Uint8Array> {
  const member = await onlyMember(source);
  const size = await source.size();
  if (member.size > size * limit)
    throw new ExpansionFault('expansion', `expands to more than ${limit} times its size`);
  const data = within(source.hashedBlocks(), member.start, member.compressed);
  const content = member.method === 'stored' ? data : expand(data, { compression: 'deflate', size, limit });
  let [sum, length] = [0, 0];
  for await (const block of content) {
    const rest = member.size - length;
    const taken = block.length > rest ? block.subarray(0, rest) : block;
    sum = crc32(taken, sum);
    length += taken.length;
    if (taken.length > 0) yield taken;
    if (block.length > rest)
      throw new ExpansionFault('compression', 'its file is longer than the archive says');
  }
  if (length < member.size)
    throw new ExpansionFault('compression', 'its file is shorter than the archive says');
  if (sum !== member.crc32) throw new ExpansionFault('compression', 'its checksum is wrong');
}

/** A part of a content, all of which is taken. */
async function* within(
  blocks: AsyncIterable<Uint8Array>,
  start: number,
  length: number,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const block of blocks) {
    const part = block.subarray(Math.max(0, start - at), Math.max(0, start + length - at));
    at += block.length;
    if (part.length > 0) yield part;
  }
}
