import { type Child, el } from '../dom.ts';
import { foldButton, foldState } from './fold.ts';

/** A part of a page with its own heading. A phone folds it at first, unless it is always `open`. */
export function section(
  name: string,
  head: { readonly note?: Child; readonly tools?: Child; readonly class?: string; readonly open?: true },
  ...children: readonly Child[]
): HTMLElement {
  const id = `section-${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  return el(
    'section',
    {
      class: `section ${head.class ?? ''}`,
      key: id,
      attributes: { 'aria-labelledby': id, 'data-fold': head.open ? null : foldState(name) },
    },
    el(
      'div',
      { class: 'section-head' },
      el('h2', { attributes: { id } }, name),
      head.open ? null : foldButton(name),
      head.note === undefined ? null : el('p', {}, head.note),
      head.tools ?? null,
    ),
    ...children,
  );
}

/** The heading of a page, with its note and tools. */
export function pageHead(title: Child, note: Child = null, tools: Child = null): HTMLElement {
  return el(
    'div',
    { class: 'section-head' },
    el('h1', { attributes: { tabindex: -1 } }, title),
    note === null ? null : el('p', {}, note),
    tools,
  );
}

/** A card with a heading and, at the right, a note or a link. Inside a section its heading has level 3. */
export function card(
  title: string,
  props: { readonly class?: string; readonly aside?: Child; readonly level?: 2 | 3 },
  ...children: readonly Child[]
): HTMLElement {
  return el(
    'div',
    { class: `card ${props.class ?? ''}` },
    el(
      'div',
      { class: 'card-head' },
      el(props.level === 3 ? 'h3' : 'h2', {}, title),
      props.aside == null ? null : el('span', {}, props.aside),
    ),
    ...children,
  );
}

/** Tabs for several pages that belong together. */
export function tabs(
  label: string,
  entries: readonly (readonly [name: string, href: string])[],
  current: string,
): HTMLElement {
  return el(
    'nav',
    { class: 'tabs', label },
    el(
      'ul',
      {},
      entries.map(([name, href]) =>
        el('li', {}, el('a', { href, attributes: { 'aria-current': name === current && 'page' } }, name)),
      ),
    ),
  );
}
