import type { FeedList } from '../answers.ts';
import type { Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { count, timeOfDay } from '../format.ts';
import { pill, type Tone } from '../parts/pill.ts';
import { pageHead } from '../parts/section.ts';
import { table } from '../parts/table.ts';

type Feed = FeedList['feeds'][number];

const TONES: Readonly<Record<Feed['state'], Tone>> = { active: 'ok', retired: 'none', aside: 'bad' };

/** The state of a feed in words. */
export const stateWords: Readonly<Record<Feed['state'], string>> = {
  active: 'active',
  retired: 'retired',
  aside: 'set aside',
};

/** What each feed loads into which table, and how far it is. */
export const feedsPage: Page = {
  section: 'Feeds',
  title: 'Feeds',
  show: async ({ api, signal }) => {
    const { feeds } = await api.get<FeedList>('/api/feeds', {}, signal);
    return [
      pageHead(
        'Feeds',
        'one YAML file each',
        el('code', { class: 'small' }, 'npm run sluice -- feed init my.csv'),
      ),
      el('div', { class: 'card' }, listed(feeds)),
    ];
  },
};

function listed(feeds: readonly Feed[]): HTMLElement {
  return table({
    caption: 'Feeds',
    columns: [
      { name: 'feed' },
      { name: 'state' },
      { name: 'table' },
      { name: 'files', number: true },
      { name: 'open', number: true },
      { name: 'rows', number: true },
      { name: 'duplicates', number: true },
      { name: 'rejects', number: true },
      { name: 'last commit', number: true },
    ],
    rows: feeds.map((feed) => ({
      key: feed.name,
      cells: [
        [el('a', { href: to([], { feed: feed.name }) }, feed.name), small(feed.source)],
        [pill(TONES[feed.state], stateWords[feed.state]), small(feed.why)],
        [feed.table, small(keyWords(feed))],
        link(feed.files.all, ['files'], feed),
        link(feed.files.open, ['files'], feed, { state: 'open' }),
        count(feed.rows),
        link(feed.repeated, ['files'], feed, { state: 'duplicates' }),
        link(feed.rejects, ['rejects'], feed),
        timeOfDay(feed.lastCommit),
      ],
    })),
  });
}

function small(text: string | null): Child {
  return text === null ? null : el('small', { class: 'text' }, text);
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
