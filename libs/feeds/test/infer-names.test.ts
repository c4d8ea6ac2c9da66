import { expect, test } from 'vitest';
import { hashOf, Unique } from '../src/infer/keys.ts';
import { columnNames, feedName, patternOf } from '../src/infer/names.ts';

test.each([
  ['orders_2025-12-31.csv', 'orders_*.csv', 'orders'],
  ['orders.csv', 'orders*.csv', 'orders'],
  ['Umsätze 2025.CSV.gz', 'Umsätze *.CSV.gz', 'umsaetze'],
  ['20251231T235959Z-export-7.csv.zst', '*-export-*.csv.zst', 'export'],
  ['dump_6f9619ff-8b86-4011-b42d-00c04fc964f1.csv', 'dump_*.csv', 'dump'],
  ['what?[1].csv', 'what*.csv', 'what'],
  ['2025.csv', '*.csv', 'feed'],
  ['list.txt', 'list*.txt', 'list'],
  ['list', 'list*.csv', 'list'],
])('files like %s are %s, and their feed is %s', (file, pattern, name) => {
  expect([patternOf(file), feedName(file)]).toEqual([pattern, name]);
});

test.each([
  ['OrderID', 'order_id'],
  ['orderDate', 'order_date'],
  ['HTTPStatus', 'http_status'],
  ['Order No.', 'order_no'],
  ['Order #', 'order_no'],
  ['Straße & Größe', 'strasse_and_groesse'],
  ['Prénom', 'prenom'],
  ['Łódź', 'lodz'],
  ['100 %', 'column_100_percent'],
  ['名前', 'column_1'],
  ['', 'column_1'],
  ['xmin', 'xmin_2'],
  ['sluice_file', 'column_sluice_file'],
  ['x'.repeat(80), 'x'.repeat(63)],
])('the column %s is called %s', (header, name) => {
  expect(columnNames([header], (word) => word.startsWith('sluice_'))).toEqual([name]);
});

test('columns have names of their own, and never the one that another column has in the header', () => {
  const names = columnNames(['Order No', 'order_no', 'Order-No'], () => false);
  expect(names).toEqual(['order_no_2', 'order_no', 'order_no_3']);
});

test('a value that comes twice is found, also when there are too many to remember them all', () => {
  const [different, twice] = [new Unique(), new Unique()];
  for (let i = 0; i < 400_000; i += 1) {
    different.add(hashOf(`order ${i}`));
    twice.add(hashOf(`order ${i % 390_000}`));
  }
  expect([different.holds, twice.holds]).toEqual([true, false]);
  expect(different.oneOf).toBeGreaterThan(1);
});
