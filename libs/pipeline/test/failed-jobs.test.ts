import type { ContractNo, FileNo } from '@sluice/core';
import type { SeenJob } from '@sluice/staging';
import { expect, it } from 'vitest';
import { causeOf, groupOf } from '../src/index.ts';

const BATCH = '6c2b8f2e-0b7e-4a52-9c0e-6f1f5d2f3a01';

function job(reason: string, file = 'a.csv'): SeenJob {
  const chunk = {
    contractNo: 1 as ContractNo,
    fileNo: 1 as FileNo,
    file,
    firstLine: 1,
    lastLine: 9,
    records: 8,
  };
  const value = {
    id: BATCH,
    contractNo: chunk.contractNo,
    chunks: [chunk],
    records: 8,
    transient: false,
    revivals: 0,
  };
  return {
    ...{ queue: 'insert', id: BATCH, name: '8 records of 1 file', reason, attempts: 1, attemptsAtMost: 1 },
    ...{ addedAt: new Date(0), endedAt: new Date(0), content: { outcome: 'read', value } },
  };
}

const leftOut = (what: string) =>
  `PostgreSQL failed: SQLSTATE SL002: the table events left out ${what}. A trigger, a rule or row security of the table drops rows.`;
const unknown = (files: string) =>
  `the ledger does not know the files of ${files}. The rest of the batch is committed.`;

it.each([
  [
    'rows, lines and files',
    [
      leftOut('a row that is not in it (line 4 of file 7)'),
      leftOut('12 rows that are not in it (the first is line 1 of file 12)'),
      leftOut('3 rows that are not in it'),
    ],
  ],
  [
    'how many chunks are named',
    [
      unknown('1 chunks: "a.csv" lines 2-9'),
      unknown('2 chunks: "a.csv" lines 2-9, "b, c.csv" lines 1-400'),
      unknown('9 chunks: "a" lines 2-9, "b" lines 1-4, "c" lines 1-2 and 6 more'),
    ],
  ],
  [
    'who says it of a constraint',
    [
      'PostgreSQL refused the values: SQLSTATE 23514 (check_violation) constraint small on events.price',
      'PostgreSQL failed: SQLSTATE 23514 (check_violation) constraint small on events.price',
    ],
  ],
  [
    'values and ids',
    [
      `invalid input "a" of batch ${BATCH}, file a.csv, line 1,204`,
      `invalid input "b" of batch ${BATCH.replace('6', '7')}, file a.csv, line 7`,
    ],
  ],
])('one cause is one group, whatever %s differ', (_, reasons) => {
  expect(new Set(reasons.map((reason) => groupOf(job(reason)).group)).size).toBe(1);
});

it('other causes are other groups: another SQLSTATE, constraint, column, feed or queue', () => {
  const reasons = [
    ['PostgreSQL failed: SQLSTATE 23514 (check_violation) constraint small on events.price', 'a.csv'],
    ['PostgreSQL failed: SQLSTATE 23505 (unique_violation) constraint small on events.price', 'a.csv'],
    ['PostgreSQL failed: SQLSTATE 23514 (check_violation) constraint large on events.price', 'a.csv'],
    ['PostgreSQL failed: SQLSTATE 23514 (check_violation) constraint small on events.quantity', 'a.csv'],
    ['PostgreSQL failed: SQLSTATE 23514 (check_violation) constraint small on events.price', 'orders/a.csv'],
    ['PostgreSQL failed: SQLSTATE 42501 (insufficient_privilege), in the function refuse', 'a.csv'],
    ['PostgreSQL failed: SQLSTATE 42501 (insufficient_privilege), in the function other', 'a.csv'],
  ] as const;
  expect(new Set(reasons.map(([reason, file]) => groupOf(job(reason, file)).group)).size).toBe(
    reasons.length,
  );
  expect(causeOf(reasons[0][0])).toEqual({ sqlstate: '23514', constraint: 'small', column: 'price' });
});
