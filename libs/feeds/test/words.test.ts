import { expect, test } from 'vitest';
import { linesOf, readOrders, withFeeds } from './yaml.ts';

/** A feed with these words of a field beside a key, and what is said against it, without the name of the file. */
async function saidOf(text: string, env: Record<string, string> = {}): Promise<string[]> {
  const lines = await linesOf(withFeeds({ 'orders.yaml': text }, env));
  return lines.map((line) => line.replace('config/feeds/orders.yaml:', ''));
}

const feed = (more: { readonly top?: string; readonly schema?: string; readonly field?: string } = {}) =>
  [
    'feed: orders',
    more.top ?? '',
    'schema:',
    `  ${more.schema ?? 'primaryKey: [id]'}`,
    '  fields:',
    '    - { name: id, constraints: { required: true } }',
    more.field === undefined ? '' : `    - ${more.field}`,
  ].join('\n');

const letters = 'one character that is no letter, digit or line end';
const inQuotes = 'a text; write it in quotes if it looks like a number, true, false or null';

test.each([
  ['nothing', '', '1: the file: got nothing; allowed: a map that begins with feed: NAME'],
  ['no YAML', 'feed: orders\nschema: [', /^2: no YAML: Flow sequence/],
  [
    'a variable that YAML takes for a map',
    'feed: orders\nload: { rejectLimit: ${REJECT_LIMIT} }',
    /^2: no YAML: .*\. Inside \{ \} and \[ \], a variable stands in quotes: "\$\{NAME\}"$/,
  ],
  ['a word twice', 'feed: orders\nfeed: orders', '2: no YAML: Map keys must be unique'],
  ['an alias of nothing', 'feed: *x', /^1: no YAML: Unresolved alias/],
  [
    'another name than the file',
    feed().replace('orders', 'order'),
    '1: feed: got "order"; allowed: "orders", because the file is called orders.yaml',
  ],
  [
    'no schema',
    'feed: orders',
    '1: schema: got nothing; allowed: the words primaryKey, missingValues and fields',
  ],
  [
    'no fields',
    'feed: orders\nschema: { fields: [] }',
    '2: schema.fields: got an empty list; allowed: a list of at least one field',
  ],
  [
    'an unknown word',
    feed({ top: 'tabel: x' }),
    /^2: got the word "tabel"; the nearest that is allowed is table \(allowed: feed, source, /,
  ],
  [
    'an unknown word of load',
    feed({ top: 'load: { rejectlimit: 5% }' }),
    /^2: got the word "rejectlimit" in load; the nearest that is allowed is rejectLimit /,
  ],
  [
    'an unknown word of a field',
    feed({ field: '{ name: a, requred: true }' }),
    /^7: got the word "requred" in a field; the nearest that is allowed is /,
  ],
  [
    'a word of Frictionless that has another name here',
    feed({ top: 'format: { commentChar: "#" }' }),
    '2: got the word "commentChar" in format, which Sluice does not have: it is called comment',
  ],
  [
    'unique',
    feed({ field: '{ name: a, constraints: { unique: true } }' }),
    '7: got the word "unique" in constraints, which Sluice does not have: use primaryKey',
  ],
  [
    'a type by another name',
    feed({ field: '{ name: a, type: decimal }' }),
    '7: a.type: got "decimal"; allowed: one of string, integer, number, boolean, date, datetime, object, array. Write number',
  ],
  [
    'an encoding by another name',
    feed({ top: 'format: { encoding: utf8 }' }),
    /^2: format\.encoding: got "utf8"; allowed: one of utf-8, .*\. Write utf-8$/,
  ],
  [
    'a number in a list of texts',
    feed({ schema: 'missingValues: ["", 0]' }),
    `4: schema.missingValues[2]: got 0; allowed: ${inQuotes}`,
  ],
  [
    'no duration',
    feed({ top: 'expect: { every: daily }' }),
    '2: expect.every: got "daily"; allowed: a duration such as 15m, 1h, 1d or 7d, from 1s to 366d',
  ],
  [
    'an expectation without a period',
    feed({ top: 'expect: { files: 2 }' }),
    '2: expect.every: got nothing; allowed: a duration such as 15m, 1h, 1d or 7d, from 1s to 366d',
  ],
  [
    'no time of day',
    feed({ top: 'expect: { every: 1d, by: "24:00" }' }),
    '2: expect.by: got "24:00"; allowed: a time of day such as "06:30", from 00:01 to 23:59',
  ],
  [
    'a day that is due when it begins',
    feed({ top: 'expect: { every: 1d, by: "0:00" }' }),
    '2: expect.by: got "0:00"; allowed: a time of day such as "06:30", from 00:01 to 23:59',
  ],
  [
    'a time of day of a period that is no day',
    feed({ top: 'expect: { every: 36h, by: 06:30 }' }),
    '2: expect.by: got "06:30"; allowed: no such word unless "every" is in whole days, such as 1d',
  ],
  [
    'no time zone',
    feed({ top: 'expect: { every: 1d, timezone: Europe/Berlim }' }),
    '2: expect.timezone: got "Europe/Berlim"; allowed: a time zone such as UTC or Europe/Berlin',
  ],
  [
    'no files',
    feed({ top: 'expect: { every: 1d, files: 0 }' }),
    '2: expect.files: got 0; allowed: a whole number from 1 to 1000000',
  ],
  [
    'null in a list of texts',
    feed({ schema: 'missingValues: [NULL]' }),
    `4: schema.missingValues[1]: got NULL; allowed: ${inQuotes}`,
  ],
  [
    'true in a list of texts',
    feed({ field: '{ name: a, type: boolean, trueValues: [yes, true] }' }),
    `7: a.trueValues[2]: got true; allowed: ${inQuotes}`,
  ],
  [
    'a column that is no name',
    feed({ field: '{ name: Order No }' }),
    '7: Order No.name: got "Order No"; allowed: a name of small letters, digits and underscores, at most 63, that begins with a letter',
  ],
  [
    'a column that Sluice fills',
    feed({ field: '{ name: sluice_line, type: integer }' }),
    '7: sluice_line.name: got "sluice_line"; allowed: another value, because sluice_line is taken by Sluice',
  ],
  [
    'a column twice',
    feed({ field: '{ name: id, from: [b] }' }),
    '7: id.name: got "id"; allowed: another value, because id stands there twice',
  ],
  [
    'two fields of one column',
    feed({ field: '{ name: a, from: [b, " ID "] }' }),
    '7: a.from[2]: got " ID "; allowed: a name that no other field is read from; id is read from it, too',
  ],
  [
    'a word of another type',
    feed({ field: '{ name: a, type: integer, digits: [3, 2] }' }),
    '7: a.digits: got [3,2]; allowed: no such word, because it belongs to type number, and this field is of type integer',
  ],
  [
    'a constraint of another type',
    feed({ field: '{ name: a, type: date, constraints: { maxLength: 3 } }' }),
    '7: a.constraints.maxLength: got 3; allowed: no such word, because it belongs to type string, and this field is of type date',
  ],
  [
    'no digits',
    feed({ field: '{ name: a, type: number, digits: [0, 0] }' }),
    '7: a.digits: got [0,0]; allowed: at least one digit before or after the point',
  ],
  [
    'a decimalChar of two characters',
    feed({ field: '{ name: a, type: number, decimalChar: ",," }' }),
    `7: a.decimalChar: got ",,"; allowed: ${letters}`,
  ],
  [
    'one mark for decimals and groups',
    feed({ field: '{ name: a, type: number, groupChar: "." }' }),
    '7: a.groupChar: got "."; allowed: another character than decimalChar',
  ],
  [
    'a text that is true and false',
    feed({ field: '{ name: a, type: boolean, trueValues: [y], falseValues: [n, y] }' }),
    '7: a.falseValues: got ["n","y"]; allowed: texts that do not mean both, as "y" does',
  ],
  [
    'limits of a length',
    feed({ field: '{ name: a, constraints: { minLength: 5, maxLength: 3 } }' }),
    '7: a.constraints.minLength: got 5; allowed: at most maxLength, which is 3',
  ],
  [
    'limits of a number',
    feed({ field: '{ name: a, type: number, constraints: { minimum: 10, maximum: 9.5 } }' }),
    '7: a.constraints.minimum: got 10; allowed: at most maximum, which is 9.5',
  ],
  [
    'limits of a date',
    feed({ field: '{ name: a, type: date, constraints: { minimum: "2026-02-01", maximum: "2026-01-31" } }' }),
    '7: a.constraints.minimum: got "2026-02-01"; allowed: at most maximum, which is 2026-01-31',
  ],
  [
    'a limit that is no date',
    feed({ field: '{ name: a, type: date, constraints: { minimum: 1.2.2026 } }' }),
    '7: a.constraints.minimum: got "1.2.2026"; allowed: a date in quotes, such as "2026-01-31"',
  ],
  [
    'a value that is no number',
    feed({ field: '{ name: a, type: integer, constraints: { enum: ["1", x] } }' }),
    '7: a.constraints.enum[2]: got "x"; allowed: a whole number, in quotes',
  ],
  [
    'a pattern that RE2 does not know',
    feed({ field: '{ name: a, constraints: { pattern: "(?=a)" } }' }),
    /^7: a\.constraints\.pattern: got "\(\?=a\)"; allowed: a regular expression in the syntax of RE2, which has no look-around/,
  ],
  [
    'a format with an unknown part',
    feed({ field: '{ name: a, type: date, format: "%d.%q.%Y" }' }),
    /^7: a\.format: got "%d\.%q\.%Y"; allowed: %Y %y .* with %% for a percent sign; there is no %q$/,
  ],
  [
    'a format without a year',
    feed({ field: '{ name: a, type: date, format: "%d.%m" }' }),
    '7: a.format: got "%d.%m"; allowed: a format with year, month and day, such as %d.%m.%Y; it has no year',
  ],
  [
    'a date with a time',
    feed({ field: '{ name: a, type: date, format: "%Y%m%d %H" }' }),
    '7: a.format: got "%Y%m%d %H"; allowed: a format without hour, or type: datetime',
  ],
  [
    'a format with two months',
    feed({ field: '{ name: a, type: date, format: "%Y-%m-%d %b" }' }),
    '7: a.format: got "%Y-%m-%d %b"; allowed: a format that gives the month once',
  ],
  [
    'seconds without minutes',
    feed({ field: '{ name: a, type: datetime, format: "%Y-%m-%d %H:%S" }' }),
    '7: a.format: got "%Y-%m-%d %H:%S"; allowed: a format that gives the minute as well as the second',
  ],
  [
    'a format of a string',
    feed({ field: '{ name: a, format: uri }' }),
    '7: a.format: got "uri"; allowed: uuid or email',
  ],
  [
    'a time zone that nobody knows',
    feed({ top: 'format: { timezone: Mars }' }),
    '2: format.timezone: got "Mars"; allowed: a time zone such as UTC or Europe/Berlin',
  ],
  [
    'a delimiter of two characters',
    feed({ top: 'format: { delimiter: "||" }' }),
    /^2: format\.delimiter: got "\|\|"; allowed: tab, or one character/,
  ],
  [
    'one mark for comments and fields',
    feed({ top: 'format: { delimiter: ";", comment: ";" }' }),
    '2: format.comment: got ";"; allowed: another character than delimiter and quoteChar',
  ],
  [
    'no key',
    feed({ schema: 'missingValues: [""]' }),
    '3: schema.primaryKey: got nothing; allowed: the fields that identify a row; or load: { duplicates: keep }, which makes each record a row',
  ],
  [
    'a key that is no field',
    feed({ schema: 'primaryKey: [id, ident]' }),
    '4: schema.primaryKey[2]: got "ident"; allowed: one of the fields; the nearest is id',
  ],
  [
    'a key that may be NULL',
    feed({ schema: 'primaryKey: [id, a]', field: '{ name: a }' }),
    '4: schema.primaryKey[2]: got "a"; allowed: a field with constraints: { required: true }, because no key is NULL',
  ],
  [
    'a key beside keep',
    feed({ top: 'load: { duplicates: keep }' }),
    '4: schema.primaryKey: got ["id"]; allowed: no such word beside duplicates: keep, because each record is a row; its key is sluice_file and sluice_line',
  ],
  [
    'keep without its columns',
    feed({ top: 'load: { duplicates: keep, filled: [sluice_file] }', schema: 'missingValues: [""]' }),
    '2: load.filled: got ["sluice_file"]; allowed: both sluice_file and sluice_line beside duplicates: keep, because they are its key',
  ],
  [
    'sameContent without keep',
    feed({ top: 'load: { sameContent: add }' }),
    '2: load.sameContent: got "add"; allowed: no such word without duplicates: keep, because the key tells what was loaded before',
  ],
  [
    'a mode that is none',
    feed({ top: 'load: { duplicates: last }' }),
    '2: load.duplicates: got "last"; allowed: one of first, keep',
  ],
  [
    'a field to count by that is none',
    feed({ top: 'load: { countBy: kind }' }),
    '2: load.countBy: got "kind"; allowed: another value, because there is no field kind',
  ],
  [
    'a time that is no time',
    feed({ top: 'load: { time: id }' }),
    '2: load.time: got "id"; allowed: another value, because id is no field of type date or datetime',
  ],
  [
    'a column that is required and may be absent',
    feed({ field: '{ name: a, optional: true, constraints: { required: true } }' }),
    '7: a.optional: got true; allowed: false, or constraints without required: a column that is absent has no value',
  ],
  [
    'a value that is read as well',
    feed({ field: '{ name: a, value: x, from: [b] }' }),
    '7: a.from: got ["b"]; allowed: no such word beside value, because the value is not read from the file',
  ],
  [
    'a constant that its type does not take',
    feed({ field: '{ name: a, type: integer, unsigned: true, value: "-1" }' }),
    /^7: a\.value: got "-1"; allowed: decimal digits, 0 to /,
  ],
  [
    'a sign between groups',
    feed({ field: '{ name: a, type: integer, groupChar: "-" }' }),
    '7: a.groupChar: got "-"; allowed: one character that is no letter, digit, sign or line end',
  ],
  [
    'a length of a UUID',
    feed({ field: '{ name: a, format: uuid, constraints: { maxLength: 3 } }' }),
    '7: a.constraints.maxLength: got 3; allowed: no such word beside format, which says how long a value is',
  ],
  [
    'a text that is true, and false by default',
    feed({ field: '{ name: a, type: boolean, trueValues: ["0"] }' }),
    '7: a.trueValues: got ["0"]; allowed: texts that do not mean both, as "0" does',
  ],
  [
    'names of columns without a header',
    feed({ top: 'format: { header: false }', field: '{ name: a, from: [b] }' }),
    '7: a.from: got ["b"]; allowed: no such word beside header: false, because the file names no columns',
  ],
  [
    'a part of the name that no pattern has',
    feed({ top: 'files: ["a_*_*.csv", "*.csv"]', field: '{ name: a, value: $file.2 }' }),
    '7: a.value: got "$file.2"; allowed: $file.N where each pattern in files has N times *; *.csv has 1',
  ],
  [
    'a pattern without a name',
    feed({ top: 'files: ["in/**"]' }),
    '2: files[1]: got "in/**"; allowed: another pattern, because it ends with "**": it lacks the name of the files, such as *.csv',
  ],
  [
    'a source of a kind that is not there',
    feed({ top: 'source: ftp://host/out' }),
    '2: source: got "ftp://host/out"; allowed: the path of a folder, s3://bucket or s3://bucket/prefix, or sftp://user@host/path, with a port after the host if it is not 22, and without a password',
  ],
  ['a password in a source', feed({ top: 'source: sftp://me:secret@host/out' }), /and without a password$/],
  [
    'a word that the source does not understand',
    feed({ top: 'source: s3://bucket/in\nsourceOptions: { auth: { agent: true } }' }),
    '3: sourceOptions.auth: got a map; allowed: no such word for this source; it has region, endpoint, pathStyle',
  ],
  [
    'a pattern with a folder of a server whose folders are not looked into',
    feed({
      top: 'source: sftp://me@host/out\nsourceOptions: { auth: { agent: true, knownHosts: known } }\nfiles: ["**/*.csv"]',
    }),
    '4: files[1]: got "**/*.csv"; allowed: a pattern without a "/", because only files directly in this source are taken',
  ],
  [
    'an option of a source that is a folder',
    feed({ top: 'sourceOptions: { region: eu-central-1 }' }),
    '2: sourceOptions.region: got "eu-central-1"; allowed: no such word, because the source is a folder',
  ],
  [
    'an archive of another kind than the source',
    feed({ top: 'source: s3://bucket/in\nload: { archive: data/old }' }),
    '3: load.archive: got "data/old"; allowed: a place of the same kind as the source, because files are moved there',
  ],
  [
    'an archive under both of its names',
    feed({ top: 'load: { archive: a, archiveDir: b }' }),
    '2: load.archiveDir: got "b"; allowed: no such word beside archive, because they mean the same',
  ],
  [
    'a bucket that is to be cleaned without an archive',
    feed({ top: 'source: s3://bucket/in\nload: { cleanSource: archive }' }),
    '3: load.cleanSource: got "archive"; allowed: archive beside archive: a place of the same kind as the source',
  ],
  [
    'an open question of `feed init`',
    feed({ schema: 'primaryKey: "?"', field: '{ name: a, missingValues: ["?"], expected: a ? }' }),
    '4: schema.primaryKey: got ?, an open question; allowed: the answer. The comment above it says what is asked',
  ],
  [
    'a code that Sluice does not have',
    feed({ field: '{ name: a, codes: { mising_value: x } }' }),
    '7: a.codes.mising_value: got "x"; allowed: a code of Sluice before the colon; the nearest is missing_value',
  ],
  [
    'a table of the ledger',
    feed({ top: 'table: sluice_files' }),
    /^2: table: got "sluice_files"; allowed: a name such as events/,
  ],
] as const)('one line says what is wrong: %s', async (_, text, said) => {
  const lines = await saidOf(text);
  expect(lines).toEqual([typeof said === 'string' ? said : expect.stringMatching(said)]);
});

test('mistakes are told together, by line, and what a variable gave is told with the variable', async () => {
  const top = 'format: { delimiter: "${MARK}", skipRows: "${SKIP:-x}" }\nload: { rejectLimit: 5 % }';
  expect(await saidOf(feed({ top, schema: 'missingValues: [1]' }), { MARK: ';;' })).toEqual([
    expect.stringMatching(/^2: format\.delimiter: got ";;" \(from \$\{MARK\}\); allowed: tab, or one/),
    '2: format.skipRows: got "x" (from ${SKIP:-x}); allowed: a whole number from 0 to 1000',
    '3: load.rejectLimit: got "5 %"; allowed: none, a count such as 100, or a share such as 5% or 0.5%',
    `5: schema.missingValues[1]: got 1; allowed: ${inQuotes}`,
  ]);
});

test.each([
  [
    'of an unset variable',
    'source: ${ORDERS_DIR}',
    '2: ORDERS_DIR is not set; allowed: a variable that is set, or ${ORDERS_DIR:-default}',
  ],
  [
    'of another form',
    'source: ${ORDERS_DIR-x}',
    '2: got "${ORDERS_DIR-x}"; allowed: ${NAME} or ${NAME:-default}, and $${ for a literal ${',
  ],
  [
    'without an end',
    'source: "${ORDERS_DIR"',
    '2: got "${ORDERS_DIR"; allowed: ${NAME} or ${NAME:-default}, and $${ for a literal ${',
  ],
  [
    'of a secret',
    'source: ${PGPASSWORD:-x}',
    '2: PGPASSWORD may be a secret, and a feed holds none; allowed: a name that ends otherwise',
  ],
  [
    'of a secret in small letters',
    'source: ${api_token:-x}',
    '2: api_token may be a secret, and a feed holds none; allowed: a name that ends otherwise',
  ],
  [
    'of a setting that holds a secret',
    'source: ${DATABASE_URL:-x}',
    '2: DATABASE_URL may be a secret, and a feed holds none; allowed: a name that ends otherwise',
  ],
  [
    'where none is filled in',
    'files: ["${X:-a}_*.csv"]',
    '2: got "${X:-a}_*.csv"; allowed: a text without variables. They are filled in only in source, sourceOptions, table, format, load and timezone',
  ],
])('a variable is refused: %s', async (_, top, said) => {
  expect(await saidOf(feed({ top }))).toEqual([said]);
});

test('variables come from the settings, then the environment; a default holds for what is unset or empty', async () => {
  const { declarations } = await readOrders(
    feed({
      top: [
        'source: ${SOURCE_DIR}/orders',
        'table: ${SHOP_SCHEMA:-shop}.orders',
        'format: { delimiter: "${CSV_DELIMITER}", timezone: "${ZONE:-Europe/Berlin}", skipRows: "${SKIP}" }',
        'load: { rejectLimit: "${REJECT_LIMIT}", retention: "${RETENTION}", archiveDir: "$${x}/${KEY_FILE}" }',
      ].join('\n'),
    }),
    {
      DATA_DIR: '/d',
      CSV_DELIMITER: 'tab',
      SKIP: '2',
      ZONE: '',
      REJECT_LIMIT: '5%',
      KEY_FILE: 'k',
      RETENTION: '30d',
    },
  );
  expect(declarations).toMatchObject([
    {
      source: '/d/input_data/orders',
      archiveDir: expect.stringMatching(/\/\$\{x\}\/k$/),
      retention: 30 * 86_400_000,
      load: {
        rules: { delimiter: '\t', timeZone: 'Europe/Berlin', skipRows: 2, rejectLimit: { share: 0.05 } },
        contract: { table: 'shop.orders' },
      },
    },
  ]);
});
