import type { BatchList } from '../answers.ts';
import { type App, onlyFeed, type Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { count, duration, timeOfDay } from '../format.ts';
import { batchLink, batchPill } from '../parts/batch.ts';
import { name } from '../parts/raw.ts';
import { card, pageHead } from '../parts/section.ts';
import { empty } from '../parts/states.ts';
import { pager, table } from '../parts/table.ts';

/** Micro-batches: those on their way, and the commits of the others. */
export const batchesPage: Page = {
  section: 'Batches',
  title: 'Batches',
  byFeed: true,
  show: async (app) => {
    const { place, api, signal, feed } = app;
    const list = await api.get<BatchList>(
      '/api/batches',
      { feed, cursor: place.query.get('cursor') },
      signal,
    );
    return [
      pageHead('Micro-batches', 'chunks of one feed that were committed together, newest first'),
      onTheWay(list),
      list.commits.length === 0
        ? empty('No batch is committed yet', 'Each flush makes micro-batches of what is staged.')
        : card('Committed', {}, committed(list, app), pager(place, list.cursor)),
    ];
  },
};

function onTheWay({ open }: BatchList): Child {
  if (open.length === 0) return null;
  return card(
    'On their way',
    { aside: count(open.length) },
    table({
      caption: 'Micro-batches that are not committed',
      columns: [
        { name: 'batch' },
        { name: 'state' },
        { name: 'files' },
        { name: 'records', number: true },
        { name: 'attempts', number: true },
        { name: 'taken', number: true },
      ],
      rows: open.map((batch) => ({
        key: batch.batch,
        cells: [
          batchLink(batch.batch),
          batch.state === 'failed'
            ? el('a', { href: to(['failures', 'insert', batch.batch]) }, batchPill(batch.state))
            : batchPill(batch.state),
          [
            batch.files.slice(0, 1).map(name),
            batch.fileCount > 1 ? el('small', {}, `and ${count(batch.fileCount - 1)} more`) : null,
          ],
          el('a', { href: to(['batches', batch.batch]) }, count(batch.records)),
          `${batch.attempts} of ${batch.maxAttempts}`,
          timeOfDay(batch.takenAt, true),
        ],
      })),
    }),
  );
}

function committed({ commits }: BatchList, app: App): HTMLElement {
  const feeds = onlyFeed(app) === undefined;
  return table({
    caption: 'Commits, newest first',
    columns: [
      { name: 'committed' },
      ...(feeds ? [{ name: 'feed', class: 'nowrap' }] : []),
      { name: 'batches' },
      { name: 'chunks', number: true },
      { name: 'records', number: true },
      { name: 'inserted', number: true },
      { name: 'duplicates', number: true },
      { name: 'conflicts', number: true },
      { name: 'rejects', number: true },
      { name: 'took', number: true },
    ],
    rows: commits.map((commit) => {
      const [first = ''] = commit.batches;
      const link = (n: number) => (n === 0 ? '0' : el('a', { href: to(['batches', first]) }, count(n)));
      const correction = commit.chunks === 0;
      return {
        key: commit.commitNo,
        cells: [
          timeOfDay(commit.committedAt, true),
          ...(feeds ? [commit.feed] : []),
          correction
            ? el('a', { href: '#/rejects' }, 'a correction of rejects')
            : commit.batches.map(batchLink),
          ...[
            commit.chunks,
            commit.records,
            commit.inserted,
            commit.duplicates,
            commit.conflicts,
            commit.rejects,
          ].map((n) => (correction ? count(n) : link(n))),
          duration(
            commit.takenAt === null
              ? null
              : (Date.parse(commit.committedAt) - Date.parse(commit.takenAt)) / 1000,
          ),
        ],
      };
    }),
  });
}
