import { DEFAULT_RULES, events, readHeader, validatorOf } from '@sluice/core';
import { expect, test } from 'vitest';
import { type EventOptions, eventFiles, headerLine } from '../src/events.ts';
import { malformedReasons } from '../src/malformed.ts';

const options: EventOptions = { seed: 7, rows: { min: 50, max: 100 }, duplicates: 0.1, malformed: 0.2 };

const rowsOf = (count: number, some: Partial<EventOptions> = {}) =>
  eventFiles({ ...options, ...some })
    .take(count)
    .toArray();

function validated(line: string) {
  const columns = readHeader({ fields: headerLine.split(','), raw: headerLine }, events);
  if (!('width' in columns)) throw new Error('the header is not accepted');
  const record = { fields: line.split(','), line: 2, lastLine: 2, broken: false, raw: line };
  return validatorOf(events, DEFAULT_RULES)(record, columns);
}

test('the same seed gives the same rows, another seed gives others', () => {
  expect(rowsOf(3)).toEqual(rowsOf(3));
  expect(rowsOf(3)).not.toEqual(rowsOf(3, { seed: 8 }));
});

test('the header has the columns in their order, and files have as many rows as asked for', () => {
  expect(headerLine).toBe('event_id,event_type,product_id,user_id,event_timestamp,quantity,price');
  const sizes = rowsOf(300).map((rows) => rows.length);
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([50, 100]);
});

test('the pipeline accepts every fresh and duplicate row and rejects every malformed one, for all reasons', () => {
  const rows = rowsOf(100).flat();
  for (const row of rows) {
    const result = validated(row.line);
    if (row.kind === 'malformed') expect(result, row.line).toHaveProperty('reject');
    else expect(result, row.line).toHaveProperty('row.event_id', row.id);
  }
  const seen = new Set(rows.map((row) => (row.kind === 'malformed' ? row.reason : undefined)));
  for (const reason of malformedReasons) expect(seen).toContain(reason);
});

test('a duplicate repeats an earlier line exactly, and fresh ids are all different', () => {
  const earlier = new Map<string, string>();
  let duplicates = 0;
  for (const row of rowsOf(100).flat()) {
    if (row.kind === 'fresh') expect(earlier.has(row.id)).toBe(false);
    if (row.kind === 'fresh') earlier.set(row.id, row.line);
    if (row.kind !== 'duplicate') continue;
    duplicates += 1;
    expect(earlier.get(row.id)).toBe(row.line);
  }
  expect(duplicates).toBeGreaterThan(100);
});

test('only purchases have a quantity and a price, and values are in their ranges', () => {
  for (const { line } of rowsOf(50, { malformed: 0 }).flat()) {
    const [id, type, product, user, at, quantity, price] = line.split(',');
    expect(line.split(',')).toHaveLength(events.fields.length);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(product).toMatch(/^product_([1-9]\d{0,2}|1000)$/);
    expect(user).toMatch(/^user_([1-9]\d{0,3}|10000)$/);
    expect(at).toMatch(/^2026-01-01 \d\d:\d\d:\d\d$/);
    expect([quantity, price].join()).toMatch(
      type === 'purchase' ? /^[1-5],([5-9]|[1-9]\d\d?)\.\d\d$/ : /^,$/,
    );
  }
});

test('shares of nothing and of everything are kept', () => {
  expect(
    new Set(
      rowsOf(9, { duplicates: 0, malformed: 0 })
        .flat()
        .map((row) => row.kind),
    ),
  ).toEqual(new Set(['fresh']));
  expect(
    new Set(
      rowsOf(9, { duplicates: 0, malformed: 1 })
        .flat()
        .map((row) => row.kind),
    ),
  ).toEqual(new Set(['malformed']));
});
