import type { Range } from '../answers.ts';
import type { App } from '../app.ts';
import { type Child, el } from '../dom.ts';
import { ZoomEvent } from '../plot-zoom.ts';
import { changed, RANGES, type Span, withTime } from '../span.ts';

const NAMES: Readonly<Record<Range, string>> = {
  '15m': '15 min',
  '1h': '1 h',
  '6h': '6 h',
  '24h': '24 h',
  '7d': '7 d',
};

/** Chooses the time that is shown: a range that ends now, or a span that can be moved and made longer or shorter. */
export function timeChoice({ place, range, span }: App, shown: Span): HTMLElement {
  const choices = RANGES.map((value) => {
    const current = span === null && value === range;
    return el(
      'li',
      {},
      el(
        'a',
        { href: withTime(place, value), attributes: { 'aria-current': current && 'true' } },
        NAMES[value],
      ),
    );
  });
  return el(
    'div',
    { class: 'times' },
    el('nav', { label: 'Range of time' }, el('ul', { class: 'choice' }, choices)),
    el(
      'div',
      { class: 'choice', label: 'Move and zoom', attributes: { role: 'group' } },
      step('Earlier', '\u2190', () => changed(shown, { move: -0.5 })),
      step('Zoom out', '\u2212', () => changed(shown, { scale: 2 })),
      step('Zoom in', '+', () => changed(shown, { scale: 0.5 })),
      step('Later', '\u2192', () => changed(shown, { move: 0.5 }), span === null),
      span === null ? null : step('Back to the present', 'Now', () => null),
    ),
  );
}

function step(label: string, sign: Child, next: () => Span | null, disabled = false): HTMLElement {
  return el(
    'button',
    {
      label,
      attributes: { type: 'button', title: label, disabled },
      onclick: ({ currentTarget }) => currentTarget?.dispatchEvent(new ZoomEvent(next())),
    },
    sign,
  );
}
