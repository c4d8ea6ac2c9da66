import type { Overview, Session } from './answers.ts';
import { type Child, el } from './dom.ts';
import { wait } from './format.ts';
import { morphChildren } from './morph.ts';
import { stateWords } from './pages/feeds.ts';
import type { Freshness } from './refresh.ts';
import { applyTheme, nextTheme, theme } from './theme.ts';

const NAVIGATION = [
  ['Overview', '#/'],
  ['Feeds', '#/feeds'],
  ['Files', '#/files'],
  ['Batches', '#/batches'],
  ['Rejects', '#/rejects'],
  ['Failures', '#/failures'],
  ['Rows', '#/events'],
  ['Fleet', '#/fleet'],
  ['Queues', '#/queues'],
  ['Audit', '#/audit'],
] as const;

const STALE_AFTER_S = 30;

/** The frame around every page: navigation, health line, age of the data, footer. */
export class Shell {
  readonly main = el('main', { attributes: { id: 'content', tabindex: -1 } });
  readonly #health = el('section', { class: 'health-line', label: 'Health' });
  readonly #said = el('p', { class: 'hidden', attributes: { role: 'status' } });
  readonly #age = el('span', { class: 'age' });
  readonly #live = el('button', { attributes: { type: 'button' } });
  readonly #theme = el('button', { attributes: { type: 'button' } });
  readonly #nav = el('ul', {});
  readonly #feeds = el('select', { class: 'feed-choice', label: 'Feed', attributes: { hidden: true } });
  readonly #foot = el('footer', { class: 'foot' });

  constructor(steer: {
    refresh(): void;
    toggleLive(): void;
    /** Limits what is shown to one feed; null: all. */
    chooseFeed(feed: string | null): void;
  }) {
    this.#feeds.onchange = () => steer.chooseFeed(this.#feeds.value || null);
    this.#live.onclick = () => steer.toggleLive();
    this.#theme.onclick = () => {
      applyTheme(nextTheme());
      this.#showTheme();
    };
    this.#showTheme();
    const again = el('button', { attributes: { type: 'button' }, onclick: () => steer.refresh() }, 'Refresh');
    const logo = el('img', { attributes: { alt: '' } });
    logo.src = '/icon.svg';
    document.body.replaceChildren(
      el(
        'a',
        { class: 'skip', href: '#content', onclick: (event) => this.#skip(event) },
        'Skip to the figures',
      ),
      el(
        'header',
        { class: 'top' },
        el('a', { class: 'brand', href: '#/' }, logo, 'Sluice'),
        el('nav', { class: 'nav', label: 'Pages' }, this.#nav),
        this.#feeds,
        el('div', { class: 'tools' }, this.#age, again, this.#live, this.#theme),
      ),
      this.#health,
      this.main,
      this.#foot,
      this.#said,
      el('p', { class: 'notice', attributes: { role: 'status' } }),
    );
  }

  /** Shows the state before the first answer. */
  showWaiting(line: HTMLElement): void {
    this.showHealth(line);
    this.showFreshness({ at: null, lostSince: null, live: true });
  }

  showSection(section: string): void {
    this.#nav.replaceChildren(
      ...NAVIGATION.map(([name, href]) =>
        el('li', {}, el('a', { href, attributes: { 'aria-current': name === section && 'page' } }, name)),
      ),
    );
  }

  showHealth(line: HTMLElement, said?: string): void {
    this.#health.replaceChildren(line);
    // A live region is read aloud whenever it changes, so it must change only with the state.
    if (said !== undefined && this.#said.textContent !== said) this.#said.textContent = said;
  }

  /** With one feed there is nothing to choose, and on some pages the choice would change nothing. */
  showFeeds(feeds: NonNullable<Overview['feeds']>, chosen: string | null, applies: boolean): void {
    this.#feeds.hidden = feeds.length < 2;
    this.#feeds.disabled = !applies;
    const option = (value: string, name: string) =>
      el('option', { attributes: { value, selected: value === (chosen ?? '') } }, name);
    const options = el(
      'select',
      {},
      option('', 'all feeds'),
      ...feeds.map(({ name, state }) =>
        option(name, state === 'active' ? name : `${name} (${stateWords[state]})`),
      ),
    );
    // A list that is open stays open.
    morphChildren(this.#feeds, options);
    this.#feeds.value = chosen ?? '';
  }

  showFreshness({ at, lostSince, live }: Freshness): void {
    const age = at === null ? null : (Date.now() - at) / 1000;
    const stale = lostSince !== null || (live && age !== null && age > STALE_AFTER_S);
    this.#age.className = stale ? 'age stale' : 'age';
    const state = stale ? 'stale: ' : live ? '' : 'paused: ';
    this.#age.textContent = age === null ? 'loading' : `${state}updated ${wait(age)} ago`;
    this.main.classList.toggle('stale', stale);
    this.#live.textContent = live ? 'Pause' : 'Go on';
    this.#live.className = live ? '' : 'on';
    this.#live.title = live ? 'Stop asking every 10 s' : 'Ask every 10 s again';
  }

  showSession({ user, role, mayAct, loggedIn, version, csrf }: Session): void {
    const may = mayAct ? role : `${role}, may look only`;
    const logOut = loggedIn
      ? el('button', { attributes: { type: 'button' }, onclick: () => void this.#logOut(csrf) }, 'Log out')
      : null;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const facts: Child[] = [
      `Sluice ${version}`,
      [`${user} (${may}) `, logOut],
      `times in ${zone}, times of rows in UTC`,
      el('a', { href: '/api/openapi.json' }, 'API'),
      el('a', { href: '/metrics' }, 'metrics'),
    ];
    this.#foot.replaceChildren(...facts.map((fact) => el('span', {}, fact)));
  }

  async #logOut(csrf: string): Promise<void> {
    await fetch('/logout', { method: 'POST', headers: { 'x-sluice-csrf': csrf }, redirect: 'manual' });
    location.assign('/login');
  }

  #skip(event: MouseEvent): void {
    event.preventDefault();
    this.main.focus();
  }

  #showTheme(): void {
    const now = theme();
    this.#theme.replaceChildren(el('span', { class: 'wide' }, 'Theme:\u00a0'), now);
    this.#theme.setAttribute('aria-label', `Theme: ${now}, change it`);
  }
}
