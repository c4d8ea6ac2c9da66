type PlaceName = 'flag' | 'environment' | '.env' | 'connection file' | 'default';

/** Where a value came from; the last form is that of a URL whose password alone lay in a file. */
export type Origin = PlaceName | `file ${string}` | `${PlaceName}, password of file ${string}`;

export type Variables = Readonly<Record<string, string | undefined>>;

/** A place that holds variables. */
export interface Place {
  readonly origin: PlaceName;
  readonly variables: Variables;
  /** The files that variables of it came from, by their names. */
  readonly files: Readonly<Record<string, string>>;
}

/** The origin as a message names it: the environment goes without saying. */
export function fromOrigin(origin: Origin | undefined): string {
  return origin === undefined || origin === 'environment' ? '' : ` (${origin})`;
}
