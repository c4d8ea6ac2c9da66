/** Where a value came from. */
export type Origin = 'flag' | 'environment' | '.env' | 'connection file' | 'default';

export type Variables = Readonly<Record<string, string | undefined>>;

/** A place that holds variables. */
export interface Place {
  readonly origin: Origin;
  readonly variables: Variables;
}

/** The origin as a message names it: the environment goes without saying. */
export function fromOrigin(origin: Origin | undefined): string {
  return origin === undefined || origin === 'environment' ? '' : ` (${origin})`;
}
