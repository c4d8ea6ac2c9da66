import { EventFile, type Load, loadSchema, type ParsedRow, type Reject } from '@sluice/core';
import { expect, test } from 'vitest';
import { type GeneratedFeed, writtenFiles } from '../src/feed-files.ts';

const options = { seed: 7, rows: { min: 60, max: 60 }, duplicates: 0.1, malformed: 0.2 };

/** A load of these fields, in the words of the ledger. */
function loadOf(fields: readonly object[], key: readonly string[], rules: object = {}): Load {
  return loadSchema.parse({
    rules,
    contract: {
      ...{ table: 't', fields, key, duplicates: 'first', filled: [], countBy: null, time: null },
      ...{ unknownColumns: 'ignore', exclusive: false },
    },
  });
}

const feedOf = (load: Load, files = ['*.csv']): GeneratedFeed => ({
  ...{ name: 'orders', source: '/nowhere', files, load },
});

/** What the pipeline makes of the first generated files. */
function loaded(load: Load, count: number, some: object = {}) {
  const written = writtenFiles(feedOf(load), { ...options, ...some });
  const [rows, rejects, kinds]: [ParsedRow[], Reject[], string[]] = [[], [], []];
  for (const own of written.rows.take(count)) {
    const file = new EventFile({ ...load.rules, chunkRows: 1_000, reader: 3 }, load.contract);
    const chunks = [...file.push(written.content(own)), ...file.finish()].flat();
    for (const chunk of [...chunks, file.end('')]) {
      rows.push(...chunk.rows.parsed());
      rejects.push(...chunk.rejects);
    }
    expect(file.fault).toBe(null);
    kinds.push(...own.map(({ kind }) => kind));
  }
  return { rows, rejects, kinds };
}

const required = { required: true };

const orders = [
  { name: 'order_id', type: 'string', from: ['Order No'], constraints: { required: true, maxLength: 40 } },
  { name: 'position', type: 'integer', constraints: { required: true, minimum: 1 } },
  { name: 'ordered_at', type: 'datetime', format: '%d.%m.%Y %H:%M', constraints: required },
  { name: 'shipped_on', type: 'date', format: '%d %b %y' },
  {
    ...{ name: 'amount', type: 'number', decimalChar: ',', groupChar: '.', digits: [10, 2] },
    constraints: required,
  },
  { name: 'country', type: 'string', constraints: { enum: ['DE', 'FR'] } },
  { name: 'paid', type: 'boolean', trueValues: ['ja'], falseValues: ['nein'], missingValues: ['', '-'] },
  { name: 'partner', type: 'string', value: 'acme' },
];

test.each<[string, readonly object[], readonly string[], object]>([
  [
    'a composite key, decimal commas and German dates',
    orders,
    ['order_id', 'position'],
    { delimiter: ';', time_zone: 'Europe/Berlin' },
  ],
  [
    'windows-1252 below two other lines',
    orders,
    ['order_id', 'position'],
    { delimiter: ';', encoding: 'windows-1252', skip_rows: 2 },
  ],
  [
    'UTF-16 without a header',
    orders,
    ['order_id', 'position'],
    { delimiter: '\t', encoding: 'utf-16le', header: false },
  ],
  [
    'a number as the key, below 1,000',
    [{ name: 'n', type: 'integer', constraints: { required: true, maximum: 999 } }],
    ['n'],
    {},
  ],
  [
    'a short code as the key',
    [
      { name: 'code', type: 'string', constraints: { required: true, maxLength: 4 } },
      { name: 'mail', type: 'string', format: 'email' },
    ],
    ['code'],
    {},
  ],
  [
    'a UUID as the key',
    [
      { name: 'id', type: 'string', format: 'uuid', constraints: required },
      { name: 'seen_at', type: 'datetime', format: '%Y-%m-%dT%H:%M:%S.%f%z' },
    ],
    ['id'],
    {},
  ],
])(
  'the pipeline accepts what is generated for %s, and rejects what is broken on purpose',
  (_, fields, key, rules) => {
    const { rows, rejects, kinds } = loaded(loadOf(fields, key, rules), 10);
    const broken = kinds.filter((kind) => kind === 'malformed').length;
    expect(rejects.length).toBe(broken);
    expect(broken).toBeGreaterThan(60);
    expect(rows.length).toBe(kinds.length - broken);
  },
);

test('keys are different, lines of an order share its number, and duplicates repeat a record', () => {
  const { rows, kinds } = loaded(loadOf(orders, ['order_id', 'position'], { delimiter: ';' }), 10, {
    malformed: 0,
  });
  const keys = new Set(rows.map(({ order_id, position }) => `${order_id}/${position}`));
  expect(keys.size).toBe(kinds.filter((kind) => kind === 'fresh').length);
  expect(new Set(rows.map(({ order_id }) => order_id)).size).toBeLessThan(keys.size / 2);
});

test('a seed gives the same files each time, and no other seed gives its keys', () => {
  const texts = (seed: number) => {
    const written = writtenFiles(feedOf(loadOf(orders, ['order_id', 'position'])), { ...options, seed });
    return written.rows.take(2).map(written.content).map(String).toArray();
  };
  expect(texts(7)).toEqual(texts(7));
  expect(texts(8)).not.toEqual(texts(7));
});

test.each([
  ['orders_*.csv', 'orders_5_2.csv'],
  ['*.csv', 'orders_5_2.csv'],
  ['A??-*-*.txt', 'A00-5_2-x.txt'],
])('a file is named so that the pattern %s matches', (pattern, name) => {
  expect(
    writtenFiles(feedOf(loadOf(orders, ['order_id', 'position']), ['x.csv.gz', pattern]), options).named(
      5,
      2,
    ),
  ).toBe(name);
});

test('a feed whose files all have one name, or are compressed, is refused with what to add', () => {
  const feed = feedOf(loadOf(orders, ['order_id', 'position']), ['daily.csv', '*.csv.gz']);
  expect(() => writtenFiles(feed, options)).toThrow(/orders: none of its patterns .*daily\.csv, \*\.csv\.gz/);
});
