import { type Contract, contractSchema } from '@sluice/core';
import { testLedger } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { changeTable, checkFit, connectPostgres, createTable, type Sql } from '../src/index.ts';

let sql: Sql;
let asClerk: Sql;
let drop: () => Promise<void>;
const clerk = `clerk_${crypto.randomUUID().slice(0, 8)}`;

beforeAll(async () => {
  const database = await testLedger();
  sql = connectPostgres(database.url, 'test');
  await sql.unsafe(`
    CREATE EXTENSION citext;
    CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE DOMAIN code AS text NOT NULL;
    CREATE SCHEMA shop; CREATE SCHEMA closed; CREATE TABLE closed.t (k text PRIMARY KEY);
    CREATE ROLE ${clerk} LOGIN PASSWORD 'test'; GRANT USAGE ON SCHEMA shop TO ${clerk}`);
  const url = Object.assign(new URL(database.url), { username: clerk, password: 'test' });
  asClerk = connectPostgres(url.href, 'test');
  drop = async () => {
    await asClerk.end();
    await sql.unsafe(`DROP OWNED BY ${clerk}; DROP ROLE ${clerk}`);
    await sql.end();
    await database.drop();
  };
});

afterEach(async () => {
  await sql.unsafe('DROP SCHEMA shop CASCADE; CREATE SCHEMA shop');
  await sql.unsafe(`GRANT USAGE ON SCHEMA shop TO ${clerk}`);
});

afterAll(() => drop());

const required = { constraints: { required: true } };
const K = { name: 'k', type: 'string', ...required };
const N = { name: 'n', type: 'integer' };

function contractOf(given: Record<string, unknown> = {}): Contract {
  return contractSchema.parse({
    ...{ table: 'shop.t', fields: [K, N], key: ['k'], duplicates: 'first', filled: [] },
    ...{ countBy: null, time: null, unknownColumns: 'ignore', exclusive: false },
    ...given,
  });
}

const T = 'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint)';
const withField = (field: object) => ({ fields: [K, N, field] });

/** What is set up, what the contract has, and each misfit: its code, and words of its text or hint. */
const refusals: [set: string, given: Record<string, unknown>, ...misfits: [code: string, words: RegExp][]][] =
  [
    ['', {}, ['table_missing', /there is no table shop.t/]],
    ['CREATE VIEW shop.t AS SELECT 1 AS k', {}, ['no_table', /shop.t is a view/]],
    ['CREATE MATERIALIZED VIEW shop.t AS SELECT 1 AS k', {}, ['no_table', /a materialized view/]],
    ['CREATE UNLOGGED TABLE shop.t (k text PRIMARY KEY, n bigint)', {}, ['not_durable', /UNLOGGED/]],
    [
      `CREATE TABLE shop.t (k text PRIMARY KEY, n bigint) PARTITION BY HASH (k);
     CREATE UNLOGGED TABLE shop.part PARTITION OF shop.t FOR VALUES WITH (MODULUS 1, REMAINDER 0)`,
      {},
      ['not_durable', /one of its partitions/],
    ],
    [
      `${T}; CREATE RULE meddle AS ON INSERT TO shop.t DO ALSO NOTHING`,
      {},
      ['insert_rule', /the rule meddle/],
    ],
    [
      'CREATE TABLE shop.t (k text, n bigint)',
      {},
      ['no_index', /unique index on exactly \(k\).*CREATE UNIQUE INDEX ON shop.t \(k\)/s],
    ],
    ['CREATE TABLE shop.t (k text, n bigint, UNIQUE (k, n))', {}, ['no_index', /exactly \(k\)/]],
    [
      'CREATE TABLE shop.t (k text, n bigint); CREATE UNIQUE INDEX half ON shop.t (k) WHERE n > 0',
      {},
      ['no_index', /half does not serve: it holds only a part/],
    ],
    [
      'CREATE TABLE shop.t (k text, n bigint, CONSTRAINT late UNIQUE (k) DEFERRABLE)',
      {},
      ['no_index', /late does not serve: it is deferrable/],
    ],
    [
      'CREATE TABLE shop.t (k text, n bigint); CREATE UNIQUE INDEX low ON shop.t (lower(k))',
      {},
      ['no_index', /low does not serve: it is on an expression/],
    ],
    [
      'CREATE TABLE shop.t (k text COLLATE any_case, n bigint); CREATE UNIQUE INDEX exact ON shop.t (k COLLATE "C")',
      {},
      ['no_index', /exact does not serve: it has another collation/],
    ],
    [
      `${T}; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop.t_pkey'::regclass`,
      {},
      ['no_index', /t_pkey does not serve: it is not valid/],
    ],
    [
      'CREATE TABLE shop.t (k text, n bigint) PARTITION BY LIST (n)',
      {},
      ['partition_outside_key', /partitioned by n, outside the key \(k\)/],
    ],
    [
      'CREATE TABLE shop.t (k text, n bigint) PARTITION BY LIST ((n + 1))',
      {},
      ['partition_outside_key', /by an expression/],
    ],
    [
      'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint GENERATED ALWAYS AS (1) STORED)',
      {},
      ['column_generated', /shop.t.n/],
    ],
    [
      'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY)',
      {},
      ['column_generated', /shop.t.n/],
    ],
    [
      'CREATE TABLE shop.t (k text PRIMARY KEY)',
      {},
      ['column_missing', /no column n.*ALTER TABLE shop.t ADD COLUMN n bigint/s],
    ],
    [
      T,
      { filled: ['sluice_file', 'sluice_line'] },
      ['column_missing', /sluice_file.*ADD COLUMN sluice_file bigint/s],
      ['column_missing', /sluice_line/],
    ],
    [
      'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint, sluice_file text)',
      { filled: ['sluice_file'] },
      ['column_type', /sluice_file of shop.t is of type text/],
    ],
    [
      'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint, other int NOT NULL)',
      {},
      ['column_required', /the column other/],
    ],
    [
      'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint, other code)',
      {},
      ['column_required', /the column other/],
    ],
    ['CREATE TABLE shop.t (k float8 PRIMARY KEY, n bigint)', {}, ['key_type', /double precision/]],
    ['CREATE TABLE shop.t (k interval PRIMARY KEY, n bigint)', {}, ['key_type', /interval/]],
    ['CREATE TABLE shop.t (k jsonb PRIMARY KEY, n bigint)', {}, ['key_type', /jsonb/]],
    [
      'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint, a numeric(10,2))',
      withField({ name: 'a', type: 'number' }),
      ['column_rounds', /more than 2 digits.*digits: \[n, 2\]/s],
    ],
    [
      'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint, a date)',
      withField({ name: 'a', type: 'datetime' }),
      ['column_cuts', /of type date/],
    ],
  ];

const warnings: [set: string, given: Record<string, unknown>, code: string, words: RegExp][] = [
  [
    `${T}; CREATE FUNCTION shop.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TRIGGER change BEFORE INSERT ON shop.t FOR EACH ROW EXECUTE FUNCTION shop.f()`,
    {},
    'before_trigger',
    /the trigger change/,
  ],
  [
    'CREATE TABLE shop.p (n bigint PRIMARY KEY); CREATE TABLE shop.t (k text PRIMARY KEY, n bigint REFERENCES shop.p)',
    {},
    'foreign_key',
    /t_n_fkey.*missing_parent/s,
  ],
  [
    'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint UNIQUE)',
    {},
    'other_unique_index',
    /t_n_key of shop.t is unique too, on \(n\)/,
  ],
  [
    'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint, a int)',
    withField({ name: 'a', type: 'string' }),
    'column_type',
    /a string, and shop.t.a is of type integer/,
  ],
  ['CREATE TABLE shop.t (k varchar(9) PRIMARY KEY, n bigint)', {}, 'column_short', /maxLength: 9/],
  [
    'CREATE TABLE shop.t (k text PRIMARY KEY, n bigint NOT NULL)',
    {},
    'column_not_null',
    /the field is not required/,
  ],
];

describe('a feed and its table', () => {
  it.each(refusals)('do not fit: %s', async (set, given, ...misfits) => {
    await sql.unsafe(set);
    const found = (await checkFit(sql, contractOf(given))).filter(({ severity }) => severity === 'refused');
    expect(found.map(({ severity, code }) => [severity, code])).toEqual(
      misfits.map(([code]) => ['refused', code]),
    );
    for (const [i, [, words]] of misfits.entries())
      expect(`${found[i]?.text} ${found[i]?.hint}`).toMatch(words);
  });

  it.each(warnings)('fit with a warning: %s', async (set, given, code, words) => {
    await sql.unsafe(set);
    const found = await checkFit(sql, contractOf(given));
    expect(found.map((one) => [one.severity, one.code])).toEqual([['warning', code]]);
    expect(`${found[0]?.text} ${found[0]?.hint}`).toMatch(words);
  });

  it('fit when what is more in the table fills itself', async () => {
    await sql.unsafe(`CREATE TABLE shop.t (k citext, n numeric(20,0), id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT now(), twice numeric NOT NULL GENERATED ALWAYS AS (n * 2) STORED);
      CREATE UNIQUE INDEX ON shop.t (k) INCLUDE (n)`);
    const found = await checkFit(sql, contractOf());
    expect(found).toMatchObject([{ severity: 'warning', code: 'other_unique_index' }]);
  });

  it('do not fit for a role without the rights, which the check names', async () => {
    const codes = async (contract = contractOf()) =>
      (await checkFit(asClerk, contract)).map(({ severity, text }) => `${severity}: ${text}`);
    expect(await codes(contractOf({ table: 'closed.t' }))).toEqual([
      'refused: this role may not use the schema closed',
    ]);
    await sql.unsafe(T);
    const noDelete = 'warning: this role lacks DELETE on shop.t, so it cannot undo a file';
    expect(await codes()).toEqual([
      'refused: this role lacks SELECT on shop.t',
      'refused: this role lacks INSERT on shop.t',
      noDelete,
    ]);
    await sql.unsafe(`GRANT SELECT, INSERT (k) ON shop.t TO ${clerk}`);
    expect(await codes()).toEqual(['refused: this role lacks INSERT on shop.t for n', noDelete]);
    await sql.unsafe(`GRANT INSERT (n) ON shop.t TO ${clerk}`);
    expect(await codes()).toEqual([noDelete]);
    await sql.unsafe(`GRANT DELETE ON shop.t TO ${clerk}; ALTER TABLE shop.t ENABLE ROW LEVEL SECURITY`);
    expect(await codes()).toEqual(['refused: row security of shop.t holds for this role']);
    expect(await checkFit(sql, contractOf())).toEqual([]);
  });
});

describe('the DDL of a contract', () => {
  const everything = contractOf({
    table: 'shop.order',
    key: ['user', 'id'],
    filled: ['sluice_file', 'sluice_line'],
    fields: [
      { name: 'id', type: 'string', format: 'uuid', ...required },
      { name: 'user', type: 'string', constraints: { required: true, maxLength: 40 } },
      { name: 'note', type: 'string' },
      { name: 'n', type: 'integer', ...required },
      { name: 'amount', type: 'number', digits: [8, 2] },
      { name: 'rate', type: 'number' },
      { name: 'paid', type: 'boolean' },
      { name: 'day', type: 'date' },
      { name: 'at', type: 'datetime' },
      { name: 'partner', type: 'string', value: 'x' },
    ],
  });

  it('is read by a person, and the table that it makes fits', async () => {
    expect(createTable(everything)).toBe(`CREATE TABLE shop."order" (
  id           uuid           NOT NULL,
  "user"       varchar(40)    NOT NULL,
  note         text,
  n            bigint         NOT NULL,
  amount       numeric(10, 2),
  rate         numeric,
  paid         boolean,
  day          date,
  at           timestamptz,
  partner      text           NOT NULL,
  sluice_file  bigint         NOT NULL,
  sluice_line  bigint         NOT NULL,
  PRIMARY KEY ("user", id)
);`);
    await sql.unsafe(createTable(everything));
    expect(await checkFit(sql, everything)).toEqual([]);
    expect(await changeTable(sql, everything)).toEqual([]);
  });

  it('of a change adds and widens columns, and makes the schema and the index that are missing', async () => {
    const elsewhere = contractOf({ table: 'new.t' });
    expect(await changeTable(sql, elsewhere)).toEqual([
      'CREATE SCHEMA IF NOT EXISTS new;',
      createTable(elsewhere),
    ]);
    await sql.unsafe(
      `CREATE TABLE shop."order" (id uuid, "user" varchar(20), n int, amount numeric(6,3), rate numeric(5,1))`,
    );
    const change = await changeTable(sql, everything);
    expect(change).toEqual([
      ...[
        'note text',
        'paid boolean',
        'day date',
        'at timestamptz',
        'partner text',
        'sluice_file bigint',
        'sluice_line bigint',
      ].map((column) => `ALTER TABLE shop."order" ADD COLUMN ${column};`),
      ...['"user" TYPE varchar(40)', 'n TYPE bigint', 'amount TYPE numeric(11, 3)', 'rate TYPE numeric'].map(
        (column) => `ALTER TABLE shop."order" ALTER COLUMN ${column};`,
      ),
      'CREATE UNIQUE INDEX ON shop."order" ("user", id);',
    ]);
    await sql.unsafe(change.join('\n'));
    expect(await checkFit(sql, everything)).toEqual([]);
  });
});
