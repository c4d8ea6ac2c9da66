/** Where the reader is, parsed from the address after the `#`. */
export interface Place {
  /** The parts of the path, such as `['files', '12']`. Empty for the overview. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // Someone typed this by hand, so it is taken as it is.
  }
}
