import { el } from '../dom.ts';

/** Replaces a value that this user has no right to see. */
export function hidden(): HTMLElement {
  return el('span', { class: 'small', attributes: { title: HIDDEN } }, 'not shown');
}

/** Why values are not shown, in one sentence. */
export const HIDDEN = 'Values of rows are shown to users who have the right to see them.';
