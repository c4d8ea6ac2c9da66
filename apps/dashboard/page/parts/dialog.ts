import { Refused } from '../api.ts';
import { type Child, el } from '../dom.ts';

interface Question {
  readonly title: string;
  /** What will happen, and what will not happen. */
  readonly text: Child;
  /** The label of the button, which names the action. */
  readonly action: string;
  /** Does the action, and resolves with a sentence about the result. */
  run(): Promise<string>;
}

/** Asks before anything is done. Errors appear in the dialog, and the result appears on the page. */
export function ask({ title, text, action, run }: Question): void {
  const error = el('p', { class: 'error', attributes: { role: 'alert' } });
  const cancel = el('button', { attributes: { type: 'button' }, onclick: () => dialog.close() }, 'Cancel');
  const go = el('button', { class: 'main', attributes: { type: 'submit' } }, action);
  const form = el(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        go.disabled = true;
        error.textContent = '';
        run().then(
          (said) => {
            dialog.close();
            notice(said);
            // The action may have removed the button that opened the dialog, so the focus would be lost.
            if (document.activeElement === document.body) document.querySelector('main')?.focus();
          },
          (reason: unknown) => {
            go.disabled = false;
            error.textContent = wordsOf(reason);
          },
        );
      },
    },
    el('h2', { attributes: { id: 'question' } }, title),
    el('p', {}, text),
    error,
    el('div', { class: 'actions' }, cancel, go),
  );
  const dialog = el('dialog', { attributes: { 'aria-labelledby': 'question' } }, form);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  go.focus();
}

export function wordsOf(reason: unknown): string {
  if (reason instanceof Refused) return [reason.message, reason.hint].filter(Boolean).join('. ');
  return reason instanceof Error ? reason.message : String(reason);
}

const SHOWN_MS = 8_000;
let timer: number | undefined;

/** Removes the notice, because it belongs to the page that the reader has left. */
export function clearNotice(): void {
  document.querySelector('.notice')?.replaceChildren();
}

/** Says what was done, also to people who use a screen reader. */
export function notice(text: string): void {
  const place = document.querySelector('.notice');
  if (place === null) return;
  place.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    place.textContent = '';
  }, SHOWN_MS);
}
