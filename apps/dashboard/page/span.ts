import type { Range } from './answers.ts';
import { to } from './dom.ts';
import type { Place } from './place.ts';

/** A span of time, in milliseconds since 1970. It stays where it is while time goes on. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const RANGES: readonly Range[] = ['15m', '1h', '6h', '24h', '7d'];

/** The shortest and the longest span that a plot can show. */
const SHORTEST_MS = 60_000;
const LONGEST_MS = 92 * 86_400_000;

/** The names of an address that say which time is shown. */
const NAMES: readonly string[] = ['range', 'from', 'to'];

/** The span in an address. Null: there is none, or none that can be shown. */
export function spanOf({ query }: Place): Span | null {
  const [from = Number.NaN, end = Number.NaN] = ['from', 'to'].map((name) =>
    Date.parse(query.get(name) ?? ''),
  );
  return from < end && from < Date.now() && end - from <= LONGEST_MS ? { from, to: end } : null;
}

/** The same place with another range that ends now, or with a span. */
export function withTime({ path, query }: Place, time: Range | Span): string {
  const kept = [...query].filter(([name]) => !NAMES.includes(name));
  return to(path, { ...Object.fromEntries(kept), ...timeQuery(time) });
}

/** How an address and the API name a range or a span. */
export function timeQuery(time: Range | Span): Readonly<Record<string, string>> {
  if (typeof time === 'string') return { range: time };
  return { from: new Date(time.from).toISOString(), to: new Date(time.to).toISOString() };
}

/** The span moved by a part of its length and made longer or shorter around its middle. It never ends in the future. */
export function changed(
  { from, to: end }: Span,
  { move = 0, scale = 1 }: { readonly move?: number; readonly scale?: number },
): Span {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (end - from) * scale));
  const middle = (from + end) / 2 + move * (end - from);
  const to = Math.round(Math.min(Date.now(), middle + length / 2));
  return { from: Math.round(to - length), to };
}
