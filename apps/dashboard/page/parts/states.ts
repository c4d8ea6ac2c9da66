import type { Overview } from '../answers.ts';
import type { Refused } from '../api.ts';
import { type App, onlyFeed } from '../app.ts';
import { type Child, el } from '../dom.ts';
import { timeOfDay, visible, wait } from '../format.ts';

/** Says that there is nothing here and, in one sentence, what to do about it. */
export function empty(what: string, next: Child = null): HTMLElement {
  return el('div', { class: 'card empty' }, el('b', {}, what), next === null ? null : el('p', {}, next));
}

/** Where to put a file: into the source of the feed that is shown, or of any. */
export function landHere(app: App): Child {
  const only = onlyFeed(app);
  if (only === undefined)
    return ['Put a file into the source of a feed, which ', el('a', { href: '#/feeds' }, 'Feeds'), ' shows'];
  const source = only.source ?? (only.name === 'events' ? app.session.sourceDir : null);
  if (source === null) return ['Put a file into the source of the feed ', only.name];
  return [`Put a ${only.name === 'events' ? 'CSV file' : 'file'} into `, el('code', {}, visible(source))];
}

/** A placeholder for a page whose figures are still loading. */
export function waiting(): HTMLElement {
  return el(
    'div',
    { class: 'section waiting' },
    el('span', { class: 'hidden' }, 'Loading'),
    el('div', { class: 'card bone' }),
    el(
      'div',
      { class: 'grid' },
      el('div', { class: 'card bone tall w7' }),
      el('div', { class: 'card bone tall w5' }),
    ),
  );
}

/** Why something cannot be shown, and since when. */
export function broken(error: Refused): HTMLElement {
  const away = error.status === 503;
  return el(
    'div',
    { class: `card banner ${away ? 'bad' : 'warn'}`, attributes: { role: 'alert' } },
    el('p', {}, el('b', {}, sentence(error.message))),
    error.since === null ? null : el('p', {}, `Away since ${sinceWords(error.since)}.`),
    error.hint === null ? null : el('p', {}, sentence(error.hint)),
  );
}

/** A text from elsewhere as a sentence of its own. */
export const sentence = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${visible(text.slice(1))}.`;

export function sinceWords(iso: string): string {
  return `${timeOfDay(iso, true)}, for ${wait((Date.now() - Date.parse(iso)) / 1000)}`;
}

/** Says once which parts cannot be shown while a server is away, in place of all of them. */
export function lost(servers: Overview['servers'], names: readonly string[]): Child {
  if (names.length === 0) return null;
  const away = awayServers(servers);
  const [first = '', ...rest] = names;
  const list = rest.length === 0 ? first : `${[first, ...rest.slice(0, -1)].join(', ')} and ${rest.at(-1)}`;
  return el(
    'div',
    { class: 'card banner bad', key: 'lost' },
    el('p', {}, el('b', {}, `Lost from sight: ${list.toLowerCase()}`)),
    el(
      'p',
      {},
      away.map(([name, since]) => `${name} is away since ${sinceWords(since)}. `),
      'These figures come back by themselves.',
    ),
  );
}

/** The servers that are away, and since when. */
export function awayServers({ postgres, redis }: Overview['servers']): [name: string, since: string][] {
  const both = [
    ['PostgreSQL', postgres],
    ['Redis', redis],
  ] as const;
  return both.flatMap(([name, { up, since }]) => (up ? [] : [[name, since]]));
}
