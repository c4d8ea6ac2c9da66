import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chunk, contractSchema, DEFAULT_RULES, recordFile } from '../src/index.ts';
import { membersOf } from '../src/json-members.ts';

const contract = contractSchema.parse({
  table: 'orders',
  fields: [
    { name: 'id', type: 'string', from: ['ID'], constraints: { required: true, maxLength: 10 } },
    { name: 'pieces', type: 'integer', optional: true },
    { name: 'amount', type: 'number', decimalChar: ',', digits: [20, 2], optional: true },
    { name: 'paid', type: 'boolean', optional: true },
    { name: 'tags', type: 'array', optional: true },
    { name: 'buyer', type: 'object', optional: true },
  ],
  ...{ key: ['id'], duplicates: 'first', filled: [], countBy: null, time: null },
  ...{ unknownColumns: 'refuse', exclusive: false },
});

function chunksOf(bytes: Uint8Array, blockBytes = bytes.length, chunkRows = 100): Chunk[] {
  const file = recordFile({ ...DEFAULT_RULES, type: 'ndjson', chunkRows }, contract, 'orders/a.ndjson');
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length && file.fault === null; at += blockBytes)
    chunks.push(...[...file.push(bytes.subarray(at, at + blockBytes))].flat());
  if (file.fault === null) chunks.push(...[...file.finish()].flat());
  return [...chunks, file.end('hash')];
}

const read = (text: string) => chunksOf(Buffer.from(text));
const codesOf = (text: string) =>
  read(text).flatMap(({ rejects }) => rejects.map(({ line, col, code }) => `${line} ${col ?? ''} ${code}`));
const rowsOf = (text: string) => read(text).flatMap(({ rows }) => rows.parsed());

describe('a line of NDJSON', () => {
  it.each([
    ['{"id":"a"', '1  invalid_json'],
    ["{'id':'a'}", '1  invalid_json'],
    ['{"id":NaN}', '1  invalid_json'],
    ['{"id":"a"} {"id":"b"}', '1  invalid_json'],
    ['5', '1  not_an_object'],
    ['[{"id":"a"}]', '1  not_an_object'],
    ['null', '1  not_an_object'],
    ['"text"', '1  not_an_object'],
    ['{"id":"a","id":"b"}', '1  duplicate_key'],
    ['{"id":"a","\\u0069d":"b"}', '1  duplicate_key'],
    ['{"id":"a","ID":"b"}', '1 id duplicate_key'],
    ['{"id":"a","buyer":{"x":1,"x":2}}', '1  duplicate_key'],
    ['{"id":"a","other":1}', '1  unknown_key'],
    ['{"id":"a","__proto__":1}', '1  unknown_key'],
    ['{}', '1 id missing_value'],
    ['{"id":null}', '1 id missing_value'],
    ['{"id":7}', '1 id invalid_text'],
    ['{"id":true}', '1 id invalid_text'],
    ['{"id":"a\\u0000"}', '1 id nul_character'],
    ['{"id":"\\ud800"}', '1 id lone_surrogate'],
    ['{"id":"a","pieces":1.5}', '1 pieces invalid_integer'],
    ['{"id":"a","pieces":1e2}', '1 pieces invalid_integer'],
    ['{"id":"a","pieces":true}', '1 pieces invalid_integer'],
    ['{"id":"a","amount":1.005}', '1 amount invalid_decimal'],
    ['{"id":"a","amount":1e400}', '1 amount invalid_decimal'],
    ['{"id":"a","amount":"1.50"}', '1 amount invalid_decimal'],
    ['{"id":"a","paid":1}', '1 paid invalid_boolean'],
    ['{"id":"a","tags":{}}', '1 tags invalid_array'],
    ['{"id":"a","buyer":[]}', '1 buyer invalid_object'],
    ['{"id":"a","buyer":"{}"}', '1 buyer invalid_object'],
    ['{"id":"a","buyer":{"n":"\\u0000"}}', '1 buyer nul_character'],
    [`{"id":"a","tags":${'['.repeat(100)}${']'.repeat(100)}}`, '1  too_deep'],
  ])('%s is a reject: %s', (text, code) => {
    expect(codesOf(`${text}\n`)).toEqual([code]);
  });

  it('keeps the text of numbers, and takes texts as a CSV file has them', () => {
    const text = [
      '{"id":"a","pieces":9007199254740993,"amount":12345678901234567890.10,"paid":false}',
      ' { "amount" : "1,5" , "ID" : "\\u00e4\\"\\\\" , "pieces" : "7" } \r',
      '{"id":"c","amount":15e-1,"tags":[1.10, 9007199254740993],"buyer":{"id":{"id":null}}}',
    ].join('\n');
    expect(codesOf(text)).toEqual([]);
    const values = rowsOf(text).map(({ id, pieces, amount, paid, tags, buyer }) => [
      ...[id, pieces, amount, paid, tags, buyer],
    ]);
    expect(values).toMatchObject([
      ['a', '9007199254740993', '12345678901234567890.10', false, null, null],
      ['ä"\\', 7, '1.5', null, null, null],
      ['c', null, '1.5', null, '[1.10, 9007199254740993]', '{"id":{"id":null}}'],
    ]);
  });

  it('may be blank, which is no record, and lines are counted with those', () => {
    expect(codesOf('\uFEFF{"id":"a"}\n\n \t\r\n5\n')).toEqual(['4  not_an_object']);
    expect(read('\uFEFF{"id":"a"}\n\n \t\r\n5\n').at(-1)).toMatchObject({ lastLine: 4, eof: { total: 2 } });
  });

  it('of more than 1 MiB ends the file there', () => {
    const long = `{"id":"${'x'.repeat(2 ** 20)}"}`;
    const chunks = read(`{"id":"a"}\n${long}\n{"id":"b"}\n`);
    expect(chunks.at(-1)?.eof?.quarantine).toEqual({
      reason: 'record_too_long',
      detail: 'the record that begins on line 2',
    });
  });

  it('never stands in a reason (I10)', () => {
    const [reject] = read('{"id":"secret value" x}\n').flatMap(({ rejects }) => rejects);
    expect(JSON.stringify({ ...reject, raw: '' })).not.toContain('secret');
  });
});

describe('the members of an object', () => {
  /** JSON with whitespace anywhere that it may stand. */
  const spaced = fc
    .tuple(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.constantFrom('', ' ', '\t', '  '))
    .map(([value, space]) => ({ value, text: JSON.stringify(value, null, space).replaceAll('\n', ' ') }));

  it('are those that JSON.parse finds, each with its own text', () => {
    fc.assert(
      fc.property(spaced, ({ value, text }) => {
        const { sources, twice, deep } = membersOf(text);
        expect([twice, deep]).toEqual([false, false]);
        expect([...sources.keys()]).toHaveLength(Object.keys(value).length);
        for (const [key, source] of sources)
          expect(JSON.parse(source)).toEqual(JSON.parse(JSON.stringify(value))[key]);
      }),
      { numRuns: 300 },
    );
  });
});

it('a file of NDJSON gives the same chunks whatever blocks its bytes come in (I6)', () => {
  const line = fc.constantFrom(
    ...['{"id":"a"}', '{"id":"größe 😀"}', '', '{"id":', '5', ' {"id":"b","tags":["\\n",{"a":[]}]} \r'],
  );
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 30 }),
      (lines, rows, block) => {
        const bytes = Buffer.from(lines.join('\n'));
        expect(chunksOf(bytes, block, rows)).toEqual(chunksOf(bytes, undefined, rows));
      },
    ),
    { numRuns: 100 },
  );
});
