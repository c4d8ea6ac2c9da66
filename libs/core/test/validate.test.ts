import { describe, expect, it } from 'vitest';
import { columnsOf, DEFAULT_RULES, readHeader, utcTimestamp, validatorOf } from '../src/index.ts';
import { events } from './events.ts';

const COLUMNS = columnsOf(events);

const GOOD = {
  event_id: '6F9619FF-8B86-4011-B42D-00C04FC964FF',
  event_type: 'purchase',
  product_id: 'product_1',
  user_id: 'user_1',
  event_timestamp: '2026-01-02 03:04:05',
  quantity: '3',
  price: '12.50',
};

const headerOf = (fields: readonly string[]) => readHeader({ fields, raw: fields.join(',') }, events);

function judge(change: Partial<typeof GOOD>) {
  const columns = headerOf(COLUMNS);
  if ('reason' in columns) throw new Error(columns.detail);
  // Both have the columns in the order of the contract.
  const fields = Object.values({ ...GOOD, ...change });
  const record = { line: 7, lastLine: 7, fields, raw: `${fields.join(',')}\n`, broken: false };
  return validatorOf(events, DEFAULT_RULES)(record, columns);
}

function codeOf(change: Partial<typeof GOOD>): string {
  const outcome = judge(change);
  return 'reject' in outcome ? `${outcome.reject.col}: ${outcome.reject.code}` : 'accepted';
}

describe('validation', () => {
  it('turns a good record into a row with a canonical id, a number and an exact price', () => {
    expect(judge({})).toEqual({
      row: { ...GOOD, sluice_line: 7, event_id: GOOD.event_id.toLowerCase(), quantity: 3, price: '12.50' },
    });
  });

  it('takes an empty quantity and price as NULL', () => {
    expect(judge({ quantity: '', price: '' })).toMatchObject({ row: { quantity: null, price: null } });
  });

  it.each([
    [{ event_id: '' }, 'event_id: null_event_id'],
    [{ event_id: 'NULL' }, 'event_id: null_event_id'],
    [{ event_id: 'abc' }, 'event_id: invalid_uuid'],
    [{ event_id: '{6f9619ff-8b86-4011-b42d-00c04fc964ff}' }, 'event_id: invalid_uuid'],
    [{ event_id: ` ${GOOD.event_id}` }, 'event_id: invalid_uuid'],
    [{ event_type: '' }, 'event_type: missing_value'],
    [{ event_type: '  ' }, 'event_type: missing_value'],
    [{ event_type: 'x'.repeat(51) }, 'event_type: value_too_long'],
    [{ event_type: '😀'.repeat(50) }, 'accepted'],
    [{ event_type: `${'x'.repeat(50)} ` }, 'event_type: value_too_long'],
    [{ product_id: 'a\0b' }, 'product_id: nul_character'],
    [{ product_id: 'p'.repeat(101) }, 'product_id: value_too_long'],
    [{ user_id: '' }, 'user_id: missing_value'],
    [{ event_timestamp: '' }, 'event_timestamp: missing_value'],
    [{ event_timestamp: '2023-02-29 00:00:00' }, 'event_timestamp: invalid_timestamp'],
    [{ event_timestamp: 'infinity' }, 'event_timestamp: invalid_timestamp'],
    [{ quantity: '-1' }, 'quantity: invalid_integer'],
    [{ quantity: '1.0' }, 'quantity: invalid_integer'],
    [{ quantity: '2147483648' }, 'quantity: invalid_integer'],
    [{ quantity: '2147483647' }, 'accepted'],
    [{ price: '1.005' }, 'price: invalid_decimal'],
    [{ price: '1e3' }, 'price: invalid_decimal'],
    [{ price: 'NaN' }, 'price: invalid_decimal'],
    [{ price: '123456789' }, 'price: invalid_decimal'],
    [{ price: '99999999.99' }, 'accepted'],
  ])('judges %j as %s', (change, expected) => {
    expect(codeOf(change)).toBe(expected);
  });

  it('keeps what PostgreSQL can store of a record that holds NUL or half a surrogate pair', () => {
    const outcome = judge({ event_id: `\0${'x'.repeat(4094)}😀` });
    if (!('reject' in outcome)) throw new Error('expected a reject');
    expect(outcome.reject.raw).toMatch(/^\u2400x+$/);
    expect(outcome.reject.raw).toHaveLength(4094);
  });
});

describe('a timestamp', () => {
  it.each([
    ['2026-01-02 03:04:05', '2026-01-02 03:04:05'],
    ['2026-01-02T03:04:05Z', '2026-01-02 03:04:05'],
    ['2026-01-02T03:04:05.123456+05:45', '2026-01-01 21:19:05.123456'],
    ['2026-01-01 00:30:00-0100', '2026-01-01 01:30:00'],
    ['2024-02-29 23:59:59', '2024-02-29 23:59:59'],
    ['0001-01-01 00:00:00', '0001-01-01 00:00:00'],
    ['0001-01-01T00:00:00+01:00', undefined],
    ['9999-12-31T23:59:59-01:00', undefined],
    ['1900-02-29 00:00:00', undefined],
    ['2026-13-01 00:00:00', undefined],
    ['2026-01-00 00:00:00', undefined],
    ['2026-01-01 24:00:00', undefined],
    ['2026-01-01 00:00:60', undefined],
    ['2026-01-01', undefined],
    ['10000-01-01 00:00:00', undefined],
    ['1767323045', undefined],
    ['now', undefined],
  ])('reads %s as %s', (text, expected) => {
    expect(utcTimestamp(text, 'UTC')).toBe(expected);
  });
});

describe('a header', () => {
  it('is matched trimmed, in any case and order, with other columns between', () => {
    const header = headerOf(['extra', ' PRICE ', ...COLUMNS.slice(0, 6)]);
    expect(header).toEqual({ at: [2, 3, 4, 5, 6, 7, 1], width: 8 });
  });

  it('that lacks columns or names one twice says which', () => {
    expect(headerOf(COLUMNS.slice(2))).toEqual({
      reason: 'header_missing_column',
      detail: 'event_id, event_type',
    });
    expect(headerOf([...COLUMNS, 'Price'])).toEqual({
      reason: 'header_duplicate_column',
      detail: 'price',
    });
  });
});
