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

/** A file of which no record became a row or met one is not well, though it is complete. */
export function filePill(file: {
  readonly state: FileState;
  readonly records: number;
  readonly rejects: number;
}): HTMLElement {
  return allRejected(file) ? pill('bad', 'every record rejected') : pill(...FILE_STATES[file.state]);
}

/** Whether something is wrong with a file that is complete. */
export function isBad(file: Parameters<typeof filePill>[0]): boolean {
  return file.state === 'quarantined' || allRejected(file);
}

function allRejected({ state, records, rejects }: Parameters<typeof filePill>[0]): boolean {
  return state === 'closed' && records > 0 && rejects === records;
}

/** The name of a file's state. */
export function fileStateName(state: FileState): string {
  return FILE_STATES[state][1];
}
