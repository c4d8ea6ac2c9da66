import { Refused } from '../api.ts';
import { type Child, el } from '../dom.ts';

interface Question {
  readonly title: string;
  /** What will happen, and what will not. */
  readonly text: Child;
  /** The word on the button: what is done. */
  readonly action: string;
  /** Does it, and says what came of it. */
  run(): Promise<string>;
}

/** Asks before anything is done; says in the dialog what went wrong, and on the page what was done. */
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
            // The button that opened it may be gone with what it was about.
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

/** What was said is of the page that was left. */
export function clearNotice(): void {
  document.querySelector('.notice')?.replaceChildren();
}

/** Says what was done, also to those who do not see it. */
export function notice(text: string): void {
  const place = document.querySelector('.notice');
  if (place === null) return;
  place.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    place.textContent = '';
  }, SHOWN_MS);
}
