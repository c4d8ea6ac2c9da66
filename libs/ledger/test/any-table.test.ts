import { type Contract, contractSchema, type FileNo, type ParsedRow, Rows, type Value } from '@sluice/core';
import { testLedger } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkFit,
  commitBatch,
  connectPostgres,
  createTable,
  encodeChunk,
  findRefusedRows,
  forContract,
  PostgresFailure,
  refuseRows,
  rowOfReject,
  type Sql,
} from '../src/index.ts';
import { registered } from './staged.ts';

let sql: Sql;
let drop: () => Promise<void>;
const role = `clerk_${crypto.randomUUID().slice(0, 8)}`;

beforeAll(async () => {
  const database = await testLedger();
  drop = database.drop;
  sql = connectPostgres(database.url, 'test');
  await sql.unsafe(`
    CREATE EXTENSION citext;
    CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE DOMAIN code AS citext CHECK (VALUE <> '');
    CREATE SCHEMA shop;
    CREATE ROLE ${role}`);
});

afterAll(async () => {
  await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await sql.end();
  await drop();
});

type Given = Record<string, unknown> & { readonly table: string; readonly fields: readonly object[] };

function contractOf(given: Given): Contract {
  return contractSchema.parse({
    ...{
      key: ['k'],
      duplicates: 'first',
      filled: [],
      countBy: null,
      time: null,
      unknownColumns: 'ignore',
      exclusive: false,
    },
    ...given,
  });
}

const required = { constraints: { required: true } };
const text = (name: string, more: object = {}) => ({ name, type: 'string', ...more });

let files = 0;
async function register(): Promise<FileNo> {
  files += 1;
  return await registered(sql, `file-${files}.csv`);
}

type Values = Readonly<Record<string, Value>>;

function payload(contract: Contract, fileNo: FileNo, rows: readonly Values[], firstLine = 1): string {
  const now = new Date().toISOString();
  const chunk = {
    firstLine,
    lastLine: firstLine + rows.length,
    rows: Rows.of(
      contract,
      rows.map((row, i): ParsedRow => ({ ...row, sluice_line: firstLine + i })),
    ),
    rejects: [],
    header: null,
    strayQuotes: null,
    eof: null,
  };
  return encodeChunk({ fileNo, contractNo: null }, chunk, { queuedAt: now, parsedAt: now })(now);
}

/** Loads each list as a file of its own, in one batch. */
async function load(contract: Contract, ...lists: readonly (readonly Values[])[]) {
  const payloads = [];
  for (const rows of lists) payloads.push(payload(contract, await register(), rows));
  return await commitBatch(forContract(sql, contract), crypto.randomUUID(), payloads);
}

const conflicts = () =>
  sql<{ key: unknown; offered: unknown; kept: unknown }[]>`
    SELECT key, offered, kept FROM sluice_conflicts ORDER BY file_no DESC, line DESC LIMIT 1`;

/** Columns of the key, and two ways to write one key. */
const keys: [what: string, columns: string, one: Values, other: Values, stored: unknown[], after?: string][] =
  [
    ['citext', 'k citext PRIMARY KEY', { k: 'Ab' }, { k: 'aB' }, ['Ab']],
    ['a domain over citext', 'k code PRIMARY KEY', { k: 'Ab' }, { k: 'AB' }, ['Ab']],
    ['numeric', 'k numeric PRIMARY KEY', { k: '1' }, { k: '1.00' }, [1]],
    ['numeric(10,2)', 'k numeric(10,2) PRIMARY KEY', { k: '1.5' }, { k: '1.50' }, [1.5]],
    ['char(n)', 'k char(4) PRIMARY KEY', { k: 'ab' }, { k: 'ab ' }, ['ab  ']],
    ['a collation without case', 'k text COLLATE any_case PRIMARY KEY', { k: 'Ab' }, { k: 'aB' }, ['Ab']],
    ['an enum', 'k mood PRIMARY KEY', { k: 'ok' }, { k: 'ok' }, ['ok']],
    ['an array', 'k text[] PRIMARY KEY', { k: '{a,b}' }, { k: '{a, "b"}' }, [['a', 'b']]],
    ['a range', 'k int4range PRIMARY KEY', { k: '[1,3)' }, { k: '[1,2]' }, ['[1,3)']],
    [
      'timestamptz',
      'k timestamptz PRIMARY KEY',
      { k: '2026-01-02 03:04:05' },
      { k: '2026-01-02 03:04:05.000' },
      ['2026-01-02T03:04:05+00:00'],
    ],
    ['inet', 'k inet PRIMARY KEY', { k: '10.0.0.1' }, { k: '10.0.0.1/32' }, ['10.0.0.1']],
    [
      'two columns of which one is called line',
      'k citext, line bigint, UNIQUE (line, k)',
      { k: 'Ab', line: 7 },
      { k: 'AB', line: '7' },
      ['Ab', 7],
    ],
    [
      'two columns of a partitioned table',
      'k citext, line int, PRIMARY KEY (k, line)',
      { k: 'Ab', line: 7 },
      { k: 'AB', line: 7 },
      ['Ab', 7],
      'PARTITION BY HASH (k)',
    ],
  ];

describe('two rows have one key when PostgreSQL says so', () => {
  it.each(keys)('of %s', async (...[, columns, one, other, stored, after = '']) => {
    const names = Object.keys(one);
    await sql.unsafe(
      `CREATE TABLE shop.keyed (${columns}, "value" jsonb, document json, amount numeric(9,2)) ${after}`,
    );
    if (after !== '') {
      await sql.unsafe(`CREATE TABLE shop.part0 PARTITION OF shop.keyed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE shop.part1 PARTITION OF shop.keyed FOR VALUES WITH (MODULUS 2, REMAINDER 1)`);
    }
    const contract = contractOf({
      ...{ table: 'shop.keyed', key: names },
      fields: [
        ...names.map((name) => text(name, required)),
        text('value'),
        text('document'),
        { name: 'amount', type: 'number', digits: [7, 2] },
      ],
    });
    const same = [
      { value: '{"a": 1}', document: '[1]', amount: '2' },
      { value: '{"a":1.0}', document: '[1]', amount: '2.00' },
    ];
    try {
      expect((await checkFit(sql, contract)).filter(({ severity }) => severity === 'refused')).toEqual([]);
      const batch = await load(
        contract,
        [
          { ...one, ...same[0] },
          { ...other, ...same[1] },
        ],
        [{ ...other, ...same[0] }],
      );
      expect(batch).toMatchObject({ records: 3, inserted: 1, duplicates: 2, conflicts: 0 });
      expect(await load(contract, [{ ...other, ...same[1] }])).toMatchObject({
        inserted: 0,
        duplicates: 1,
        conflicts: 0,
      });
      const differs = { ...other, ...same[0], document: '[2]' };
      expect(await load(contract, [differs])).toMatchObject({ inserted: 0, duplicates: 1, conflicts: 1 });
      const [{ offered, kept } = {}] = await conflicts();
      expect(offered).toEqual({ value: { a: 1 }, document: [2], amount: 2 });
      expect(kept).toEqual({ value: { a: 1 }, document: [1], amount: 2 });
      const inFirstForm = await load(contract, [{ ...one, ...same[0], document: '[3]' }]);
      expect(inFirstForm).toMatchObject({ duplicates: 1, conflicts: 1 });
      expect((await conflicts())[0]?.key).toEqual(stored);
    } finally {
      await sql`DROP TABLE shop.keyed`;
    }
  });
});

describe('a table of any kind', () => {
  it('whose key has a length takes a longer key for no duplicate of the one that it begins with', async () => {
    await sql.unsafe('CREATE TABLE lengths (k varchar(3), b char(2), n text, PRIMARY KEY (k, b))');
    const contract = contractOf({
      table: 'lengths',
      key: ['k', 'b'],
      fields: [text('k', required), text('b', required), text('n')],
    });
    expect(await load(contract, [{ k: 'abc', b: 'x', n: '1' }])).toMatchObject({ inserted: 1 });
    for (const row of [
      { k: 'abcd', b: 'x', n: '1' },
      { k: 'abc', b: 'x  y', n: '1' },
    ])
      await expect(load(contract, [row])).rejects.toMatchObject({ kind: 'data', sqlstate: '22001' });
    expect(await load(contract, [{ k: 'abc', b: 'x ', n: '2' }])).toMatchObject({
      duplicates: 1,
      conflicts: 1,
    });
  });

  it('is exact under eight writers with the same keys, partitioned and with two columns in its key', async () => {
    await sql.unsafe(`CREATE TABLE shop.busy (k citext, line int, who text, PRIMARY KEY (k, line)) PARTITION BY HASH (k, line);
      CREATE TABLE shop.busy0 PARTITION OF shop.busy FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE shop.busy1 PARTITION OF shop.busy FOR VALUES WITH (MODULUS 2, REMAINDER 1)`);
    const contract = contractOf({
      ...{ table: 'shop.busy', key: ['k', 'line'] },
      fields: [text('k', required), { name: 'line', type: 'integer', ...required }, text('who')],
    });
    const all = Array.from({ length: 150 }, (_, i) => ({ k: `Key${i % 50}`, line: i }));
    const writers = Array.from({ length: 8 }, (_, who) =>
      all
        .toSorted(() => Math.random() - 0.5)
        .map(({ k, line }) => ({ k: who % 2 ? k.toUpperCase() : k, line, who: `w${who}` })),
    );
    const commits = await Promise.all(writers.map((rows) => load(contract, rows)));
    const sum = (of: 'inserted' | 'duplicates' | 'conflicts') =>
      commits.reduce((total, commit) => total + commit[of], 0);
    expect([sum('inserted'), sum('duplicates'), sum('conflicts')]).toEqual([150, 1_050, 1_050]);
    const [table] = await sql<{ n: number }[]>`SELECT count(*) AS n FROM shop.busy`;
    expect(table?.n).toBe(150);
    const sides = await sql<{ own: number }[]>`
      SELECT count(*) AS own FROM sluice_conflicts WHERE offered ->> 'who' = kept ->> 'who'`;
    expect(sides[0]?.own).toBe(0);
  });

  const placed = { filled: ['sluice_file', 'sluice_line'] };

  it('gets its rows in one order from a COPY and from an INSERT, so that two commits cannot lock each other out', async () => {
    await sql`CREATE TABLE shop.ordered (k text COLLATE "en-x-icu", line int, PRIMARY KEY (k, line))`;
    const contract = contractOf({
      ...{ table: 'shop.ordered', key: ['k', 'line'] },
      fields: [text('k', required), { name: 'line', type: 'integer', ...required }],
    });
    const rows = ['b', 'A', 'a', 'é'].flatMap((k) => [10, 9, 1].map((line) => ({ k, line })));
    const stored = async () => [
      ...(await sql<{ k: string; line: number }[]>`SELECT * FROM shop.ordered ORDER BY ctid`),
    ];
    await load(contract, rows);
    const copied = await stored();
    await sql.unsafe(`
      TRUNCATE shop.ordered;
      CREATE FUNCTION shop.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
      CREATE TRIGGER keep BEFORE INSERT ON shop.ordered FOR EACH ROW EXECUTE FUNCTION shop.keep()`);
    await load(contract, rows.toReversed());
    expect(await stored()).toEqual(copied);
    await sql.unsafe('DROP TABLE shop.ordered; DROP FUNCTION shop.keep');
  });

  it('of which every record is a row keeps equal records, each with its file and line, and a chunk only once', async () => {
    const contract = contractOf({
      ...{ table: 'shop.kept', key: placed.filled, duplicates: 'keep', countBy: 'a', ...placed },
      fields: [text('a'), text('from_name', { value: '$file.1' })],
      files: ['*.csv'],
    });
    await sql.unsafe(createTable(contract));
    const [one, other] = [await register(), await register()];
    const rows = [
      { a: 'x', from_name: 'n' },
      { a: 'x', from_name: 'n' },
      { a: null, from_name: 'n' },
    ];
    const payloads = [payload(contract, one, rows), payload(contract, other, rows)];
    const session = forContract(sql, contract);
    expect(await commitBatch(session, crypto.randomUUID(), payloads)).toMatchObject({
      inserted: 6,
      duplicates: 0,
    });
    expect(await commitBatch(session, crypto.randomUUID(), payloads)).toMatchObject({
      chunks: 0,
      inserted: 0,
    });
    const stored = await sql`SELECT sluice_file, sluice_line, a FROM shop.kept ORDER BY 1, 2`;
    expect([...stored].map(Object.values)).toEqual(
      [one, other].flatMap((no) => [
        [no, 1, 'x'],
        [no, 2, 'x'],
        [no, 3, null],
      ]),
    );
    const counts = await sql`
      SELECT name, count FROM sluice_commit_counts WHERE kind = 'event_type'
      AND commit_no = (SELECT max(commit_no) FROM sluice_commits)`;
    expect([...counts]).toEqual([{ name: 'x', count: 4 }]);
    await sql`ALTER TABLE shop.kept ADD CHECK (a <> 'bad')`;
    const bad = [one, other].map((fileNo) => ({ fileNo, row: { a: 'bad', from_name: 'n', sluice_line: 9 } }));
    expect([...(await findRefusedRows(session, bad)).keys()]).toEqual([0, 1]);
  });

  it('is filled in the types that it has now, also after they were changed', async () => {
    const contract = contractOf({
      table: 'shop.grown',
      fields: [{ name: 'k', type: 'integer', ...required }],
    });
    await sql`CREATE TABLE shop.grown (k int PRIMARY KEY)`;
    await load(contract, [{ k: 1 }]);
    await sql`ALTER TABLE shop.grown ALTER COLUMN k TYPE bigint`;
    const large = [{ k: 9_000_000_000 }];
    await expect(load(contract, large)).rejects.toMatchObject({ kind: 'data' });
    expect(await load(contract, large)).toMatchObject({ inserted: 1 });
  });

  it('has conflicts without the values of sensitive fields, and of what the feed itself gives makes none', async () => {
    const contract = contractOf({
      ...{ table: 'shop.secrets', ...placed },
      fields: [
        text('k', required),
        text('card', { sensitive: true }),
        text('open'),
        text('source', { value: 'a' }),
      ],
    });
    await sql.unsafe(createTable(contract));
    await load(contract, [{ k: '1', card: '4111', open: 'x', source: 'a' }]);
    const again = { k: '1', card: '4111', open: 'x', source: 'b' };
    expect(await load(contract, [again])).toMatchObject({ duplicates: 1, conflicts: 0 });
    expect(await load(contract, [{ ...again, card: '4222' }])).toMatchObject({ duplicates: 1, conflicts: 1 });
    const content = { card: null, open: 'x', sluice_sensitive: ['card'] };
    expect([...(await conflicts())]).toEqual([{ key: ['1'], offered: content, kept: content }]);
    const [reject] = JSON.parse(
      refuseRows(
        payload(contract, await register(), [again]),
        [{ index: 0, sqlstate: '23514', constraint: 'c', column: null }],
        contract,
      ).split('\n')[0] ?? '',
    ).rejects;
    expect(reject).toMatchObject({ code: 'refused_by_database', raw: '1,[masked],x,b' });
    expect(rowOfReject(reject, contract)).toBeUndefined();
  });

  it('without a partition for a row is at fault; a row without its parent is a reject that can be tried again', async () => {
    await sql.unsafe(`CREATE TABLE shop.parent (p text PRIMARY KEY);
      CREATE TABLE shop.child (k text PRIMARY KEY, p text REFERENCES shop.parent, n int, ok boolean) PARTITION BY LIST (k);
      CREATE TABLE shop.child_a PARTITION OF shop.child FOR VALUES IN ('a', 'b')`);
    const contract = contractOf({
      table: 'shop.child',
      fields: [
        text('k', required),
        text('p', { missingValues: ['-'] }),
        { name: 'n', type: 'integer' },
        { name: 'ok', type: 'boolean' },
      ],
    });
    const session = forContract(sql, contract);
    const fault = await load(contract, [{ k: 'z', p: null, n: 1, ok: true }]).catch((error) => error);
    expect(fault).toBeInstanceOf(PostgresFailure);
    expect(fault).toMatchObject({ kind: 'fault', sqlstate: '23514' });
    const [fileNo, row] = [await register(), { k: 'a', p: 'a "quoted", name', n: 3, ok: false }];
    const good = { k: 'b', p: null, n: null, ok: null };
    const chunk = payload(contract, fileNo, [row, good]);
    await expect(commitBatch(session, crypto.randomUUID(), [chunk])).rejects.toMatchObject({
      kind: 'data',
      sqlstate: '23503',
    });
    const rows = [row, good].map((values, i) => ({ fileNo, row: { ...values, sluice_line: i + 1 } }));
    const refused = [...(await findRefusedRows(session, rows))].map(([index, why]) => ({ index, ...why }));
    const without = refuseRows(chunk, refused, contract);
    expect(await commitBatch(session, crypto.randomUUID(), [without])).toMatchObject({
      inserted: 1,
      rejects: 1,
    });
    const [reject] = await sql<{ line: number; code: string; expected: string; raw: string }[]>`
      SELECT line, code, expected, raw FROM sluice_rejects WHERE file_no = ${fileNo}`;
    expect(reject).toMatchObject({
      code: 'missing_parent',
      expected: expect.stringContaining('23503, constraint child_p_fkey'),
    });
    const again = reject && rowOfReject(reject, contract);
    expect(again).toEqual({ ...row, n: '3', sluice_line: 1 });
    expect(rowOfReject({ raw: 'b,-,,', line: 2 }, contract)).toEqual({ ...good, sluice_line: 2 });
    await sql`INSERT INTO shop.parent VALUES (${row.p})`;
    if (again) expect(await load(contract, [again])).toMatchObject({ inserted: 1 });
  });
});
