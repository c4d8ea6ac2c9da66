import { type Child, el } from '../dom.ts';
import { percent } from '../format.ts';

/** A share as a bar. What it says is said in words beside it. */
export function bar(share: number, tone: 'plain' | 'quiet' | 'over' = 'plain'): HTMLElement {
  // What is not nothing is seen.
  const width = share <= 0 ? '0' : `max(2px, ${Math.min(100, share * 100)}%)`;
  const fill = el('i', { class: tone === 'over' ? 'over' : '', style: { width } });
  return el(
    'span',
    { class: tone === 'quiet' ? 'bar quiet' : 'bar', attributes: { 'aria-hidden': 'true' } },
    fill,
  );
}

/** How much of a limit is used: `82 MiB of 128 MiB`, and a bar. Beyond 90 % it is a warning. */
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
