import type { FileState } from '../answers.ts';
import { el } from '../dom.ts';

/** How good a state is. Colour alone never says this, because each tone also has a sign and words. */
export type Tone = 'ok' | 'warn' | 'bad' | 'none';

export function sign(): HTMLElement {
  return el('span', { class: 'sign', attributes: { 'aria-hidden': 'true' } });
}

export function pill(tone: Tone, text: string): HTMLElement {
  return el('span', { class: `pill ${tone}` }, sign(), text);
}

const FILE_STATES: Readonly<Record<FileState, readonly [Tone, string]>> = {
  open: ['none', 'open'],
  closed: ['ok', 'complete'],
  quarantined: ['bad', 'quarantined'],
  gone: ['warn', 'gone'],
  held: ['warn', 'held'],
  same: ['none', 'same content'],
  undone: ['none', 'undone'],
};

export function filePill(state: FileState): HTMLElement {
  return pill(...FILE_STATES[state]);
}

/** The name of a file's state. */
export function fileStateName(state: FileState): string {
  return FILE_STATES[state][1];
}
