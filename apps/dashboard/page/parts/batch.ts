import type { BatchPage } from '../answers.ts';
import { el, to } from '../dom.ts';
import { pill, type Tone } from './pill.ts';

const TONES: Readonly<Record<BatchPage['state'], Tone>> = {
  committed: 'ok',
  active: 'none',
  waiting: 'none',
  delayed: 'warn',
  failed: 'bad',
};

/** A link to a micro-batch. */
export function batchLink(batch: string): HTMLElement {
  return el('a', { class: 'batch', href: to(['batches', batch]) }, el('code', {}, batch.slice(0, 8)));
}

export function batchPill(state: BatchPage['state']): HTMLElement {
  return pill(TONES[state], state === 'delayed' ? 'to be tried again' : state);
}
