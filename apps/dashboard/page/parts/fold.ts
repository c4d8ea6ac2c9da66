import { el } from '../dom.ts';

/** What the reader has unfolded, by name. It survives a refresh. */
const unfolded = new Set<string>();

/** Whether a phone shows the part that a {@link foldButton} folds. Larger screens show all. */
export const foldState = (name: string): 'open' | 'closed' => (unfolded.has(name) ? 'open' : 'closed');

/** Folds or unfolds the part that it stands in. Only a phone shows it, so that its pages are no longer than needed. */
export function foldButton(name: string): HTMLElement {
  const open = unfolded.has(name);
  return el(
    'button',
    {
      class: 'fold',
      attributes: { type: 'button', 'aria-expanded': String(open) },
      onclick: ({ currentTarget: button }) => {
        if (!(button instanceof HTMLElement)) return;
        if (!unfolded.delete(name)) unfolded.add(name);
        const next = foldButton(name);
        button.closest('[data-fold]')?.setAttribute('data-fold', foldState(name));
        button.replaceWith(next);
        next.focus();
      },
    },
    open ? 'Hide' : 'Show',
    el('span', {}, `\u00a0${name}`),
  );
}
