import { basename, dirname } from 'node:path';
import { SourceFolder } from './folder/folder.ts';
import type { Claim, Source } from './source.ts';

/**
 * The source at a place, of the kind that the place has: every place is a folder.
 *
 * @param claim says to whom a name in the place belongs; by default everything with the ending of a source file does
 * @param feed the feed whose place it is; by default `events`
 */
export function sourceAt(place: string, claim?: (bareName: string) => Claim, feed?: string): Source {
  return new SourceFolder(place, claim, feed);
}

/** The source in which a single file lies, such as one that clean-up has moved, and the name of the file there. */
export function sourceHolding(path: string): { readonly source: Source; readonly name: string } {
  return { source: sourceAt(dirname(path)), name: basename(path) };
}
