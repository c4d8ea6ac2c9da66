import { type Child, el } from '../dom.ts';

interface Column {
  readonly name: string;
  /** Numbers are set flush right. */
  readonly number?: boolean;
  /** Takes little room on a phone too. */
  readonly short?: boolean;
  /** Holds buttons: needs no heading to be read. */
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
  /** On a phone each row becomes a block of its own; else the table stays a table. */
  readonly stack?: boolean;
}

/** A table with a caption for those who do not see it. Its roles are said, for a phone lays it out as blocks. */
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

/** The way to the next page of a list, and back to the first. */
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
