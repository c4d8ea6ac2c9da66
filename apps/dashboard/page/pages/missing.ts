import type { Page } from '../app.ts';
import { el } from '../dom.ts';
import { empty } from '../parts/states.ts';

/** The page for an unknown address. */
export const missingPage: Page = {
  section: '',
  title: 'Not found',
  show: async () => [
    el('h1', { class: 'hidden' }, 'Not found'),
    empty('There is no such page', ['Go to the ', el('a', { href: '#/' }, 'overview'), '.']),
  ],
};
