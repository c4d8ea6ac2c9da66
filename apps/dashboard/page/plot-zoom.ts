import type uPlot from 'uplot';
import { el } from './dom.ts';
import { changed, type Span } from './span.ts';

/** What a plot asks for: another span, or no span any more. The page follows, and all plots with it. */
export class ZoomEvent extends Event {
  readonly span: Span | null;

  constructor(span: Span | null) {
    super('sluice-zoom', { bubbles: true });
    this.span = span;
  }
}

const NEAREST_PX = 8;

/** Chooses a span by drawing over a plot, with a mouse, a pen or a finger. A finger that moves up or down still scrolls the page. */
export function drawSpan(plot: uPlot, zoom: (span: Span) => void): void {
  const { over } = plot;
  let begin: number | null = null;
  const place = ({ clientX }: PointerEvent) => {
    const { left, width } = over.getBoundingClientRect();
    return Math.min(width, Math.max(0, clientX - left));
  };
  const drawn = over.appendChild(el('div', { class: 'plot-span' }));
  const show = (left: number, width: number) =>
    Object.assign(drawn.style, { left: `${left}px`, width: `${width}px` });
  const end = () => {
    begin = null;
    show(0, 0);
  };
  over.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    begin = place(event);
    over.setPointerCapture(event.pointerId);
  });
  over.addEventListener('pointermove', (event) => {
    if (begin !== null) show(Math.min(begin, place(event)), Math.abs(place(event) - begin));
  });
  over.addEventListener('pointerup', (event) => {
    if (begin === null) return;
    const edges = [begin, place(event)].sort((a, b) => a - b);
    end();
    const [from = 0, to = 0] = edges.map((edge) => plot.posToVal(edge, 'x') * 1000);
    if ((edges[1] ?? 0) - (edges[0] ?? 0) >= NEAREST_PX) zoom(changed({ from, to }, {}));
  });
  over.addEventListener('pointercancel', end);
}

/** What a key does with the span of a plot; undefined for other keys. Null goes back to the range before. */
export function spanByKey(key: string, shown: Span): Span | null | undefined {
  if (key === '+' || key === '=') return changed(shown, { scale: 0.5 });
  if (key === '-') return changed(shown, { scale: 2 });
  if (key === 'ArrowLeft') return changed(shown, { move: -0.25 });
  if (key === 'ArrowRight') return changed(shown, { move: 0.25 });
  return key === 'Escape' || key === '0' ? null : undefined;
}
