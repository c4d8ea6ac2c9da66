import type { FeedList, Overview } from '../answers.ts';
import type { Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { count, timeOfDay, visible } from '../format.ts';
import { pill, type Tone } from '../parts/pill.ts';
import { pageHead } from '../parts/section.ts';
import { empty, sentence } from '../parts/states.ts';
import { table } from '../parts/table.ts';

type Feed = FeedList['feeds'][number];

const TONES: Readonly<Record<Feed['state'], Tone>> = { active: 'ok', retired: 'none', aside: 'bad' };

/** The state of a feed in words. */
export const stateWords: Readonly<Record<Feed['state'], string>> = {
  active: 'active',
  retired: 'retired',
  aside: 'set aside',
};

/** What each feed loads into which table, how far it is, and what is wrong with it. */
export const feedsPage: Page = {
  section: 'Feeds',
  title: 'Feeds',
  show: async ({ api, overview, signal }) => {
    const { feeds } = await api.get<FeedList>('/api/feeds', {}, signal);
    return [
      pageHead(
        'Feeds',
        'one YAML file each',
        el('code', { class: 'small' }, 'npm run sluice -- feed init my.csv'),
      ),
      troubles(overview, feeds),
      feeds.length === 0
        ? empty('There is no feed yet', 'A watcher brings the feeds of FEEDS_DIR into use when it starts.')
        : el('div', { class: 'card' }, listed(feeds, overview.health)),
    ];
  },
};

/** What the health says of feeds. What a feed itself says of why it is set aside stands in its row. */
function troubles({ health }: Overview, feeds: readonly Feed[]): Child {
  const about = [
    ...health.reasons.map((reason) => ({ ...reason, tone: reason.level === 'stuck' ? 'bad' : 'warn' })),
    ...health.notices.map((notice) => ({ ...notice, tone: 'warn' })),
  ].filter(
    ({ code }) => (code.startsWith('feed_') && code !== 'feed_aside') || code === 'expectation_missed',
  );
  return about.map(({ feed, text, todo, tone }) => {
    const known = feeds.some(({ name }) => name === feed);
    return el(
      'div',
      { class: `card banner ${tone}`, key: text },
      el('p', {}, el('b', {}, feed ?? ''), known || feed === undefined ? '' : ' (not in use yet)'),
      el('p', { class: 'text' }, sentence(`${text}: ${todo}`)),
    );
  });
}

/** An active feed is healthy only if none of its files, batches or tables needs a person. */
function statePill(feed: Feed, { reasons }: Overview['health']): HTMLElement {
  const needed = reasons.find((reason) => reason.feed === feed.name);
  if (feed.state !== 'active' || needed === undefined) return pill(TONES[feed.state], stateWords[feed.state]);
  return needed.level === 'stuck' ? pill('bad', 'stuck') : pill('warn', 'needs attention');
}

function listed(feeds: readonly Feed[], health: Overview['health']): HTMLElement {
  return table({
    caption: 'Feeds',
    columns: [
      { name: 'feed' },
      { name: 'state' },
      { name: 'table' },
      { name: 'files', number: true },
      { name: 'open', number: true },
      { name: 'quarantined', number: true },
      { name: 'rows', number: true },
      { name: 'duplicates', number: true },
      { name: 'rejects', number: true },
      { name: 'last commit', number: true },
    ],
    rows: feeds.map((feed) => ({
      key: feed.name,
      cells: [
        [el('a', { href: to([], { feed: feed.name }) }, feed.name), small(feed.source)],
        [
          statePill(feed, health),
          feed.state === 'active' ? null : small(`since ${timeOfDay(feed.since)}`),
          small(feed.why),
        ],
        [el('span', { class: 'text' }, feed.table), small(keyWords(feed))],
        link(feed.files.all, ['files'], feed),
        link(feed.files.open, ['files'], feed, { state: 'open' }),
        link(feed.files.quarantined, ['quarantine'], feed),
        link(feed.rows, ['batches'], feed),
        link(feed.repeated, ['files'], feed, { state: 'duplicates' }),
        link(feed.rejects, ['rejects'], feed),
        el('a', { href: to(['batches'], { feed: feed.name }) }, timeOfDay(feed.lastCommit)),
      ],
    })),
  });
}

function small(text: string | null): Child {
  return text === null || text === '' ? null : el('small', { class: 'text' }, visible(text));
}

function keyWords({ duplicates, key }: Feed): string {
  return duplicates === 'keep' ? 'each record is a row' : `key ${key.join(', ')}`;
}

function link(
  number: number,
  path: readonly string[],
  { name }: Feed,
  query: Readonly<Record<string, string>> = {},
): Child {
  return number === 0 ? '0' : el('a', { href: to(path, { ...query, feed: name }) }, count(number));
}
