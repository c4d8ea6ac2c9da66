import { type Child, el } from '../dom.ts';

interface Tile {
  readonly name: string;
  readonly figure: string;
  readonly unit?: string;
  /** One small line of context; parts that must not break are elements. */
  readonly note?: Child;
  /** Where its records are. */
  readonly href?: string;
  readonly bad?: boolean;
  /** Names the figure to those who read the page by program. */
  readonly id: string;
}

/** Numbers side by side, in one card; so many of them in a row where there is room. */
export function tiles(label: string, inRow: 3 | 5 | 6, all: readonly Tile[]): HTMLElement {
  return el('dl', { class: `card stats of${inRow}`, label }, all.map(tile));
}

function tile({ name, figure, unit, note, href, bad, id }: Tile): HTMLElement {
  const shown = [figure, unit === undefined ? null : el('span', { class: 'unit' }, `\u202f${unit}`)];
  const long = figure.length + (unit?.length ?? 0) > 11 ? ' long' : '';
  return el(
    'div',
    { class: bad ? 'tile bad' : 'tile', key: id },
    el('dt', {}, href === undefined ? name : el('a', { href }, name)),
    el('dd', { class: `figure${long}`, attributes: { 'data-figure': id } }, shown),
    el('dd', {}, note ?? ''),
  );
}
