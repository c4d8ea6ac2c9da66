import { type Child, el } from '../dom.ts';
import { percent } from '../format.ts';

/** A share as a bar. The text beside it says the same. */
export function bar(share: number, tone: 'plain' | 'quiet' | 'over' = 'plain'): HTMLElement {
  // A share above zero must be visible.
  const width = share <= 0 ? '0' : `max(2px, ${Math.min(100, share * 100)}%)`;
  const fill = el('i', { class: tone === 'over' ? 'over' : '', style: { width } });
  return el(
    'span',
    { class: tone === 'quiet' ? 'bar quiet' : 'bar', attributes: { 'aria-hidden': 'true' } },
    fill,
  );
}

/** How much of a limit is used, as `82 MiB of 128 MiB` and a bar. Above 90 % it is a warning. */
export function meter(name: string, used: number, limit: number, shown: (n: number) => string): Child {
  const share = limit === 0 ? null : used / limit;
  const words = limit === 0 ? `${shown(used)}, no limit set` : `${shown(used)} of ${shown(limit)}`;
  return el(
    'div',
    { class: 'line', key: name },
    el('p', {}, el('span', {}, name), el('b', {}, words, share === null ? '' : ` (${percent(share)})`)),
    share === null ? null : bar(share, share > 0.9 ? 'over' : 'plain'),
  );
}
