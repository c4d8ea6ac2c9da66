import { expect, test } from 'vitest';
import { initFromDescriptor } from '../src/index.ts';
import { linesOf, withFeeds } from './yaml.ts';

/** What the reader says against a feed that was made from this descriptor, and the feed. */
async function from(descriptor: unknown, name?: string) {
  const made = initFromDescriptor(JSON.stringify(descriptor), name);
  const said = await linesOf(withFeeds({ [`${made.name}.yaml`]: made.yaml }));
  return { ...made, said };
}

test('a Tabular Data Resource becomes a feed that the reader takes, and what it cannot say is told', async () => {
  const { name, yaml, notes, said } = await from({
    name: 'Shop Orders',
    path: 'data/orders_2026-01-31.csv',
    encoding: 'ISO-8859-1',
    dialect: { delimiter: ';', commentChar: '#', doubleQuote: true, skipInitialSpace: true, headerRows: [3] },
    schema: {
      primaryKey: ['Order No', 'pos'],
      missingValues: ['', { value: 'NULL', label: 'none' }],
      foreignKeys: [],
      fields: [
        { name: 'Order No', constraints: { maxLength: 40, pattern: '[A-Z]+\\d+' } },
        { name: 'pos', type: 'integer', constraints: { minimum: 1, jsonSchema: {} } },
        { name: 'Amount', type: 'number', decimalChar: ',', groupChar: '.', bareNumber: false },
        { name: 'day', type: 'date', format: '%d.%m.%Y', constraints: { minimum: '2026-01-01' } },
        { name: 'paid', type: 'boolean', trueValues: ['ja'], falseValues: ['nein'] },
        { name: 'at', type: 'datetime', constraints: { minimum: '2026-01-01T00:00:00Z' } },
        { name: 'kind', categories: [{ value: 'a', label: 'A' }, 'b'] },
        { name: 'link', format: 'uri' },
        { name: 'place', type: 'geopoint' },
      ],
    },
  });
  expect(said).toEqual([]);
  expect(notes).toEqual([
    'format: skipInitialSpace has no meaning here',
    'format: at without an offset is in UTC; timezone names another zone',
    'schema: foreignKeys has no meaning here',
    'pos: the constraint jsonSchema is not checked',
    'amount: bareNumber has no meaning here',
    'link: the format uri is not checked',
    'place: there is no type geopoint, so it is read as string',
  ]);
  expect(name).toBe('shop_orders');
  expect(yaml.split('\n').filter((line) => !line.startsWith('# Not translated'))).toEqual([
    '# yaml-language-server: $schema=./feed.schema.json',
    '# Written by `feed init` from a descriptor.',
    '',
    'feed: shop_orders',
    'files: [ orders_*.csv ]',
    'format: { delimiter: ;, comment: "#", encoding: iso-8859-1, skipRows: 2 }',
    'table: shop_orders',
    'schema:',
    '  primaryKey: [ order_no, pos ]',
    '  missingValues: [ "", "NULL" ]',
    '  fields:',
    '    - { name: order_no, type: string, from: [ Order No ], constraints: { required: true, maxLength: 40, pattern: "[A-Z]+\\\\d+" } }',
    '    - { name: pos, type: integer, constraints: { required: true, minimum: 1 } }',
    '    - { name: amount, type: number, decimalChar: ",", groupChar: . }',
    '    - { name: day, type: date, format: "%d.%m.%Y", constraints: { minimum: 2026-01-01 } }',
    '    - { name: paid, type: boolean, trueValues: [ ja ], falseValues: [ nein ] }',
    '    - { name: at, type: datetime, constraints: { minimum: 2026-01-01 00:00:00 } }',
    '    - { name: kind, type: string, constraints: { enum: [ a, b ] } }',
    '    - { name: link, type: string }',
    '    - { name: place, type: string }',
    '',
  ]);
});

test('what a Table Schema does not say stands as a question, which the reader refuses', async () => {
  const { yaml, said } = await from(
    { fields: [{ name: 'a' }, { name: 'd', type: 'date', format: 'any' }] },
    'tabs',
  );
  expect(yaml).toContain('# Question: which fields identify a record?');
  expect(said).toEqual([
    expect.stringMatching(/^config\/feeds\/tabs\.yaml:\d+: schema\.primaryKey: got \?, an open question/),
    expect.stringMatching(/^config\/feeds\/tabs\.yaml:\d+: d\.format: got \?, an open question/),
  ]);
});

test('a package with one resource is taken, and anything else is refused with what to give', () => {
  const resource = {
    name: 'a',
    dialect: { header: false },
    schema: { fields: [{ name: 'id', constraints: { unique: true, required: true } }] },
  };
  const { yaml } = initFromDescriptor(JSON.stringify({ resources: [resource] }));
  expect(yaml).toContain('primaryKey: [ id ]');
  expect(yaml).toContain('header: false');
  expect(() => initFromDescriptor(JSON.stringify({ resources: [resource, resource] }))).toThrow(
    'has 2 resources',
  );
  expect(() => initFromDescriptor('{')).toThrow('the descriptor is no JSON');
  expect(() => initFromDescriptor('{"fields": [{}]}')).toThrow('no schema with fields that have names');
});
