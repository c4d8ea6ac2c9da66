import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  baseOf,
  checkpointMember,
  DEFAULT_FILES,
  feedOf,
  filePattern,
  isSourceName,
  ledgerName,
  parseJobId,
  patternMistake,
  type Token,
  tokenOf,
} from '../src/index.ts';

const token = tokenOf({ size: 12n, mtimeNs: 1_767_323_045_123_456_789n, ino: 42n });
const version = (name: string) => ({ name, token, generation: 0, first: true });

describe('the identity of a file version', () => {
  it('is its size, its time in nanoseconds and its inode', () => {
    expect(token).toBe('12-1767323045123456789-42');
  });

  it('is another member of the checkpoint for every other name, token or ctime', () => {
    const file = fc.record({
      name: fc.string(),
      token: fc.tuple(fc.nat(), fc.nat(), fc.nat()).map((t) => t.join('-') as Token),
      changedAt: fc.nat().map(String),
    });
    fc.assert(
      fc.property(file, file, (a, b) => {
        const same = a.name === b.name && a.token === b.token && a.changedAt === b.changedAt;
        expect(checkpointMember(a) === checkpointMember(b)).toBe(same);
      }),
    );
  });
});

describe('the id of a parse job', () => {
  it.each(['events_1.csv', '123.csv', 'a b.csv', 'größe-数据.csv', "it's~(1).csv"])(
    'is the filename %s itself',
    (name) => {
      expect(parseJobId(version(name))).toBe(name);
    },
  );

  it('encodes what BullMQ refuses or mangles', () => {
    expect(parseJobId(version('a:b%\n.csv'))).toBe('a%3Ab%25%0A.csv');
  });

  it('has the fingerprint appended only when the name comes back with other content', () => {
    const later = parseJobId({ ...version('a.csv'), first: false });
    expect(later).toMatch(/^a\.csv~[0-9a-f]{12}$/);
    expect(parseJobId({ ...version('a.csv'), first: false, generation: 1 })).not.toBe(later);
  });

  it.each([
    ['123', '%3123'],
    ['meta', '%6Deta'],
    ['wait', '%77ait'],
    ['a.csv~0123456789ab', 'a.csv%7E0123456789ab'],
    ['orders/a.csv', 'orders/a.csv'],
    ['orders/12', 'orders/12'],
    ['orders/~0123456789ab', 'orders/%7E0123456789ab'],
  ])('of %s, which need not end in .csv, is %s', (name, id) => {
    expect(parseJobId(version(name))).toBe(id);
  });

  it('is taken by BullMQ, and no two names or versions share one', () => {
    const odd = fc.constantFrom(
      '123',
      'meta',
      '%3123',
      'a',
      'a~0123456789ab',
      'a%7E0123456789ab',
      'events/a',
      '~',
      '/',
      '.',
    );
    const text = fc.string({ unit: 'binary', minLength: 1 });
    const name = fc.oneof(
      odd,
      text,
      text.map((start) => `${start}~0123456789ab`),
      text.map((start) => `${start}.csv`),
    );
    fc.assert(
      fc.property(name, name, fc.boolean(), fc.boolean(), (a, b, first, other) => {
        const id = parseJobId({ ...version(a), first });
        expect(id).not.toMatch(/:/);
        expect(`${Number.parseInt(id, 10)}`).not.toBe(id);
        expect(id === parseJobId({ ...version(b), first: other })).toBe(a === b && first === other);
      }),
    );
  });
});

describe('the name of a file in the ledger', () => {
  it.each([
    ['events', 'a.csv', 'a.csv'],
    ['events', 'new/a.csv', 'events/new/a.csv'],
    ['orders', 'a.csv', 'orders/a.csv'],
    ['orders', 'new/a.csv', 'orders/new/a.csv'],
  ])('of the feed %s for %s is %s', (feed, path, name) => {
    expect(ledgerName(feed, path)).toBe(name);
    expect([feedOf(name), baseOf(name)]).toEqual([feed, path]);
  });
});

describe('a pattern of names', () => {
  it.each<[glob: string, name: string, parts: string[] | undefined]>([
    ['orders_*.csv', 'ORDERS_1.Csv', ['1']],
    ['orders_*.csv', 'orders_.csv', ['']],
    ['orders_*.csv', 'orders_1.csv.gz', undefined],
    ['orders_*.csv', 'my_orders_1.csv', undefined],
    ['*', 'meta', ['meta']],
    ['*', '.meta', undefined],
    ['*_*.csv', 'a_b_c.csv', ['a', 'b_c']],
    ['**.csv', 'a.csv', ['a']],
    ['a?.csv', 'a😀.csv', []],
    ['a?.csv', 'a.csv', undefined],
    ['a[1].csv', 'a[1].csv', []],
    ['a.csv', 'aXcsv', undefined],
    ['größe_*.csv', 'GRÖSSE_1.csv', undefined],
    ['**/*.csv', 'a.csv', ['a']],
    ['**/*.csv', '2026/01/a.csv', ['a']],
    ['**/o_*.csv', '2026/01/x_o_1.csv', undefined],
    ['2026/**/*.csv', '2026/a.csv', ['a']],
    ['2026/**/*.csv', '2025/a.csv', undefined],
    ['*/a.csv', '2026/a.csv', ['2026']],
    ['*/a.csv', '2026/01/a.csv', undefined],
    ['*.csv', '2026/a.csv', undefined],
    ['**/*.csv', '2026/.tmp/a.csv', undefined],
    ['**/*.csv', '2026/.a.csv', undefined],
    ['größe_*.csv', 'GRÖßE_1.csv', ['1']],
  ])('%s of %s', (glob, name, parts) => {
    expect(filePattern([glob]).partsOf(name)).toEqual(parts);
    expect(filePattern(['x', glob]).takes(name)).toBe(parts !== undefined);
  });

  it.each(['', '/a.csv', 'a//*.csv', 'a/', 'a/**', '**/a/**/*.csv', '.a*', 'a/.b/*.csv', '*a*b*c*'])(
    'is refused as %j',
    (glob) => {
      expect(patternMistake(glob)).toMatch(/^(is|has|begins|ends)/);
      expect(DEFAULT_FILES.map(patternMistake)).toEqual([undefined, undefined, undefined]);
    },
  );

  it('takes no long name more than a moment, with as many "*" as are allowed', () => {
    const pattern = filePattern(['*_*_*.csv']);
    expect(pattern.takes(`${'_'.repeat(255)}.csx`)).toBe(false);
  });
});

describe('the names that are taken', () => {
  it.each(['a.csv', 'A.CSV', 'b.Csv', 'a b.csv'])('include %s', (name) => {
    expect(isSourceName(name)).toBe(true);
  });

  it.each(['.a.csv', 'a.csv.tmp', 'a.csv.part', 'a.txt', 'csv'])('do not include %s', (name) => {
    expect(isSourceName(name)).toBe(false);
  });
});
