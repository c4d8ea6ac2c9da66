import { type Child, el } from '../dom.ts';

interface Tile {
  readonly name: string;
  readonly figure: string;
  readonly unit?: string;
  /** One small line of context. Parts that must not wrap are elements. */
  readonly note?: Child;
  /** The address of the records that the figure counts. */
  readonly href?: string;
  readonly bad?: boolean;
  /** The name of the figure for programs that read the page. */
  readonly id: string;
}

/** Numbers side by side in one card, `inRow` of them in a row if there is space. */
export function tiles(label: string, inRow: 3 | 5 | 6, all: readonly Tile[]): HTMLElement {
  return el('dl', { class: `card stats of${inRow}`, label }, all.map(tile));
}

function tile({ name, figure, unit, note, href, bad, id }: Tile): HTMLElement {
  const shown = [figure, unit === undefined ? null : el('span', { class: 'unit' }, `\u202f${unit}`)];
  // A figure as wide as its tile becomes smaller, however large the number or narrow the window is.
  const style = { '--characters': String(figure.length + (unit?.length ?? 0) * 0.62) };
  return el(
    'div',
    { class: bad ? 'tile bad' : 'tile', key: id },
    el('dt', {}, href === undefined ? name : el('a', { href }, name)),
    el('dd', { class: 'figure', style, attributes: { 'data-figure': id } }, shown),
    el('dd', {}, note ?? ''),
  );
}
