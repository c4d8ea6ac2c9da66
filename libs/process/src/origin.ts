type PlaceName = 'flag' | 'environment' | '.env' | 'connection file' | 'default';

/** Where a value came from. The last form is for a URL of which only the password came from a file. */
export type Origin = PlaceName | `file ${string}` | `${PlaceName}, password of file ${string}`;

export type Variables = Readonly<Record<string, string | undefined>>;

/** A place that holds variables. */
export interface Place {
  readonly origin: PlaceName;
  readonly variables: Variables;
  /** The files that variables of this place came from, by the name of the variable. */
  readonly files: Readonly<Record<string, string>>;
}

/** The origin for a message. The environment is the usual origin and is not mentioned. */
export function fromOrigin(origin: Origin | undefined): string {
  return origin === undefined || origin === 'environment' ? '' : ` (${origin})`;
}
