import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpointMember, isSourceName, parseJobId, type Token, tokenOf } from '../src/index.ts';

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

  it('is taken by BullMQ, and no two names share one', () => {
    const name = fc.string({ unit: 'binary' }).map((text) => `${text}.csv`);
    fc.assert(
      fc.property(name, name, (a, b) => {
        const id = parseJobId(version(a));
        expect(id).not.toMatch(/:/);
        expect(`${Number.parseInt(id, 10)}`).not.toBe(id);
        expect(id === parseJobId(version(b))).toBe(a === b);
      }),
    );
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
