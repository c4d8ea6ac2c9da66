import { type Child, el } from '../dom.ts';
import { duration, timeOfDay } from '../format.ts';
import { card } from './section.ts';

/** What happened to a file or a batch, in order: each point with its time and with how long it came after the one before. */
export function timeline(points: readonly { readonly name: string; readonly at: string }[]): Child {
  if (points.length === 0) return null;
  const at = points.map((point) => Date.parse(point.at) / 1000);
  const steps = points.map((point, i) =>
    el(
      'li',
      {},
      el('b', {}, point.name),
      timeOfDay(point.at, true),
      // Clocks of several machines may differ.
      el('small', {}, i === 0 ? '' : `+${duration(Math.max(0, (at[i] ?? 0) - (at[i - 1] ?? 0)))}`),
    ),
  );
  const whole = Math.max(0, (at.at(-1) ?? 0) - (at[0] ?? 0));
  return card('Timeline', { aside: `${duration(whole)} in all` }, el('ol', { class: 'steps' }, steps));
}
