import { el, to } from '../dom.ts';
import { visible } from '../format.ts';
import { hidden } from './hidden.ts';

type Key = Readonly<Record<string, string | number | boolean | null>> | null;

/** The feed whose rows have an address without the name of the feed. */
export const FIRST_FEED = 'events';

const MASKED = '[masked]';

/** The address of the passport of a row, by the values of its key in order. */
export function passportAddress(feed: string, values: readonly (string | number)[]): string {
  return to(feed === FIRST_FEED && values.length === 1 ? ['events', ...values] : ['events', feed, ...values]);
}

/** The key of a row, which leads to its passport. */
export function keyLink(feed: string, key: Key): HTMLElement {
  const values = Object.values(key ?? {}).map((value) => String(value ?? MASKED));
  if (values.length === 0 || values.includes(MASKED)) return hidden();
  return el('a', { href: passportAddress(feed, values) }, el('code', { class: 'text' }, keyText(key)));
}

/** The values of a key; named, if there are several. */
function keyText(key: Key): string {
  const entries = Object.entries(key ?? {});
  const shown = entries.map(([name, value]) => (entries.length === 1 ? String(value) : `${name} ${value}`));
  return visible(shown.join(', '));
}
