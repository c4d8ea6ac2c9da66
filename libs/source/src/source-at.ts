import { type SourceOptions, schemeOf } from '@sluice/core';
import { SourceFolder } from './folder/folder.ts';
import { SourceBucket } from './s3/s3.ts';
import { SftpSource } from './sftp/sftp.ts';
import type { Source, SourceNeeds } from './source.ts';

type Make = (place: string, needs: SourceNeeds) => Source;

/**
 * The kinds of sources that are no folder, by their schemes. The client of a kind is imported by its first request, so a process that
 * has no such feed does not load it.
 */
const KINDS: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['s3', (place, needs) => new SourceBucket(place, needs)],
  ['sftp', (place, needs) => new SftpSource(place, needs)],
]);

/**
 * The source at a place, of the kind that the text of the place names.
 *
 * @throws {Error} for a scheme that this version does not have
 */
export function sourceAt(place: string, needs: SourceNeeds = {}): Source {
  const scheme = schemeOf(place);
  if (scheme === undefined) return new SourceFolder(place, needs);
  const make = KINDS.get(scheme);
  if (make === undefined)
    throw new Error(`this version of Sluice has no source of the kind ${scheme}://: ${place}`);
  return make(place, needs);
}

/** The source in which a single file lies, such as one that clean-up has moved, and the name of the file there. */
export function sourceHolding(
  path: string,
  options?: SourceOptions,
): { readonly source: Source; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { source: sourceAt(path.slice(0, slash) || '/', { options }), name: path.slice(slash + 1) };
}
