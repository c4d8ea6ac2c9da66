import { type Child, el } from '../dom.ts';

interface Column {
  readonly name: string;
  /** Whether the column has numbers, which are right-aligned. */
  readonly number?: boolean;
  /** Whether the values need little space even on a phone. */
  readonly short?: boolean;
  /** Whether the column has buttons, so that its heading can be hidden. */
  readonly act?: boolean;
  readonly class?: string;
}

interface Row {
  readonly key?: string | number;
  readonly class?: string;
  readonly cells: readonly Child[];
}

interface Table {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Whether each row becomes a block on a phone. Otherwise the table stays a table. */
  readonly stack?: boolean;
}

/** A table with a caption for screen readers. It has explicit roles, because the block layout on a phone removes them. */
export function table({ caption, columns, rows, stack = true }: Table): HTMLElement {
  const head = columns.map(({ name, number, act, class: own }) =>
    el(
      'th',
      {
        class: [number && 'n', own].filter(Boolean).join(' '),
        attributes: { scope: 'col', role: 'columnheader' },
      },
      act ? el('span', { class: 'hidden' }, name) : name,
    ),
  );
  const body = rows.map(({ key, class: name, cells }) =>
    el(
      'tr',
      { ...(key === undefined ? {} : { key }), class: name ?? '', attributes: { role: 'row' } },
      cells.map((child, i) => cell(child, columns[i])),
    ),
  );
  return el(
    'table',
    { class: stack ? 'stack' : '', attributes: { role: 'table' } },
    el('caption', {}, el('span', { class: 'hidden' }, caption)),
    el('thead', { attributes: { role: 'rowgroup' } }, el('tr', { attributes: { role: 'row' } }, head)),
    el('tbody', { attributes: { role: 'rowgroup' } }, body),
  );
}

function cell(child: Child, column: Column | undefined): HTMLElement {
  const names = [column?.number && 'n', column?.short && 'short', column?.act && 'act', column?.class]
    .filter(Boolean)
    .join(' ');
  return el(
    'td',
    { class: names, attributes: { role: 'cell', 'data-label': column?.act ? '' : (column?.name ?? '') } },
    el('div', {}, child),
  );
}

/** Links to the next page of a list and back to the first. */
export function pager(
  place: { readonly path: readonly string[]; readonly query: URLSearchParams },
  cursor: string | null,
): Child {
  const first = !place.query.has('cursor');
  if (first && cursor === null) return null;
  const link = (name: string, at: string | null) => {
    const query = new URLSearchParams(place.query);
    if (at === null) query.delete('cursor');
    else query.set('cursor', at);
    return el(
      'a',
      { class: 'button', href: `#/${place.path.map(encodeURIComponent).join('/')}?${query}` },
      name,
    );
  };
  return el(
    'nav',
    { class: 'pager', label: 'Pages of this list' },
    first ? null : link('First page', null),
    cursor === null ? null : link('Next page', cursor),
  );
}
