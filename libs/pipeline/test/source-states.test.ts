import type { FleetMember } from '@sluice/staging';
import { expect, test } from 'vitest';
import { sourceStates } from '../src/index.ts';

const nothing = { files: 0, names: [] };
const report = (feed: string, more: object) => ({
  ...{ feed, folder: `/in/${feed}`, declared: true, outdated: false, ambiguous: nothing },
  ...{ unclaimed: 0, specials: 0, folders: 0, unreadable: { ...nothing, tokens: [] } },
  waiting: { files: 0, unfinished: 0, names: [] },
  ...more,
});

function member(role: string, feeds: ReturnType<typeof report>[]): FleetMember {
  const self = { id: 'x', role, host: 'h', pid: 1, version: '1', concurrency: 1, busy: 0 };
  return { ...self, startedAt: 0, seenAt: 0, feeds };
}

test('each source is told once, by the watcher that listed it last', () => {
  const away = { since: 5, why: 'the server is down', hint: 'see to it', hangs: false };
  expect(
    sourceStates([
      member('watcher', [report('b', { listing: { at: 20, ms: 7, files: 3 } }), report('a', { away })]),
      member('watcher', [report('b', { listing: { at: 10, ms: 9, files: 2 } })]),
      member('worker', [report('c', {})]),
    ]),
  ).toEqual([
    { feed: 'a', place: '/in/a', away, listing: undefined },
    { feed: 'b', place: '/in/b', away: undefined, listing: { at: 20, ms: 7, files: 3 } },
  ]);
});
