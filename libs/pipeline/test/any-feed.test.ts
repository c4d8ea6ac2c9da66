import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contract, contractSchema, DEFAULT_RULES, type FileNo } from '@sluice/core';
import {
  activateContract,
  commitBatch,
  connectPostgres,
  dropOldDetail,
  encodeChunk,
  findRefusedRows,
  findVersions,
  forContract,
  listAudit,
  planReplay,
  refuseRows,
  registerVersions,
  renameFeed,
  rowsOf,
  type Sql,
  totals,
  verify,
} from '@sluice/ledger';
import { loadConfig } from '@sluice/process';
import { sourceAt } from '@sluice/source';
import { tempFolder, testLedger } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readChunks } from '../src/load/read-chunks.ts';
import {
  exportFeed,
  lineage,
  type ResubmitProblem,
  resubmit,
  resubmitCode,
  undo,
} from '../src/without-redis.ts';

/** Orders with a key of two columns, German numbers and dates, and rows that name their file. */
const orders = contractSchema.parse({
  table: 'shop.orders',
  fields: [
    { name: 'order_id', type: 'string', constraints: { required: true } },
    { name: 'line', type: 'integer', constraints: { required: true } },
    { name: 'day', type: 'date', format: '%d.%m.%Y', constraints: { required: true } },
    { name: 'amount', type: 'number', decimalChar: ',', groupChar: '.', digits: [8, 2] },
    { name: 'customer', type: 'string', sensitive: true },
  ],
  ...{ key: ['order_id', 'line'], duplicates: 'first', filled: ['sluice_file', 'sluice_line'] },
  ...{ countBy: null, time: 'day', unknownColumns: 'refuse', exclusive: false },
});
const rules = { ...DEFAULT_RULES, delimiter: ';' };
const header = 'order_id;line;day;amount;customer';
const source = tempFolder();
const config = loadConfig({ env: { DATA_DIR: tempFolder() }, cwd: source });

let sql: Sql;
let drop: () => Promise<void>;
let stores: { readonly sql: Sql; readonly config: typeof config };

beforeAll(async () => {
  const database = await testLedger();
  drop = database.drop;
  sql = connectPostgres(database.url, 'test');
  stores = { sql, config };
  await sql.unsafe(`CREATE SCHEMA shop;
    CREATE TABLE shop.customers (name TEXT PRIMARY KEY);
    CREATE TABLE shop.orders (order_id TEXT, line INT, day DATE NOT NULL, amount NUMERIC(10, 2),
      customer TEXT REFERENCES shop.customers, sluice_file BIGINT, sluice_line BIGINT, PRIMARY KEY (order_id, line))`);
  await activate('orders', orders);
});

afterAll(async () => {
  await sql.end();
  await drop();
});

async function activate(feed: string, contract: Contract) {
  const load = { rules, contract };
  return await activateContract(sql, { feed, load, source, yamlAt: new Date(), who: 'test' });
}

/** Loads a file of these lines as one commit. What PostgreSQL refuses becomes a reject, as in the pipeline. */
async function load(base: string, lines: readonly string[], contract = orders): Promise<FileNo> {
  writeFileSync(join(source, base), `${[header, ...lines].join('\n')}\n`);
  const { contractNo } = await activate('orders', contract);
  const folder = sourceAt(source, { feed: 'orders' });
  const name = folder.nameOf(base);
  const file = await folder.look(name);
  if (file === undefined) throw new Error('the file is not there');
  const now = new Date();
  const version = { ...file, landedAt: now, stableAt: now, same: null };
  await registerVersions(sql, [version], rules, null, { feed: 'orders', contractNo });
  const [known] = await findVersions(sql, [file]);
  await using opened = await folder.open(name);
  if (known === undefined || opened === undefined) throw new Error('the file was not registered');
  const to = forContract(sql, contract);
  const times = { queuedAt: now.toISOString(), parsedAt: now.toISOString() };
  for await (const chunk of readChunks(opened, { name, rules }, contract)) {
    const payload = encodeChunk({ fileNo: known.fileNo, contractNo }, chunk, times)(now.toISOString());
    const refused = [...(await findRefusedRows(to, rowsOf(payload, contract)))];
    const kept = refused.map(([index, refusal]) => ({ index, ...refusal }));
    await commitBatch(to, randomUUID(), [kept.length === 0 ? payload : refuseRows(payload, kept, contract)]);
  }
  return known.fileNo;
}

async function table(): Promise<string[]> {
  const rows = await sql<{ row: string }[]>`
    SELECT concat_ws(' ', order_id, line, day, amount, sluice_line) AS row FROM shop.orders ORDER BY order_id, line`;
  return rows.map(({ row }) => row);
}

async function told(work: (o: Parameters<typeof resubmit>[1]) => Promise<object>) {
  const problems: ResubmitProblem[] = [];
  const onProblem = (problem: ResubmitProblem) => problems.push(problem);
  const done = await work({
    feed: 'orders',
    dryRun: false,
    stopping: new AbortController().signal,
    onProblem,
  });
  return [done, problems.map(({ reason, column }) => [reason, column])];
}

const proof = async () => (await verify(sql)).problems;
const undone = async (name: string) => await undo(name, { confirm: async () => true }, stores);
const inFile = async (text: string): Promise<string> => {
  const path = join(tempFolder(), 'fixed.csv');
  writeFileSync(path, text);
  return path;
};

describe('a feed with a key of two columns, whose rows name their file', () => {
  it('traces a row to its file and line, and tells what else offered its key', async () => {
    const no = await load('a.csv', ['A;1;31.12.2025;1.234,50;', 'A;2;01.01.2026;2,00;', 'B;1;x;3,00;']);
    await load('b.csv', ['A;2;01.01.2026;9,00;', 'C;1;01.01.2026;4,00;', 'E;1;01.02.2026;5,00;bob']);
    expect(await table()).toEqual([
      'A 1 2025-12-31 1234.50 2',
      'A 2 2026-01-01 2.00 3',
      'C 1 2026-01-01 4.00 3',
    ]);
    expect(await proof()).toEqual([]);
    const found = await lineage(['line=2', 'order_id=A'], stores, 'orders');
    expect(found).toMatchObject({
      row: { order_id: 'A', line: 2, day: '2026-01-01', amount: '2.00', sluice_file: no },
      origin: { fileNo: no, name: 'orders/a.csv', path: join(source, 'a.csv'), line: 3, certain: true },
      files: [{ readable: true, lines: [[1, 4]] }],
      mentions: [{ kind: 'conflict', name: 'orders/b.csv', line: 2 }],
    });
    expect(await lineage(['order_id=B', 'line=1'], stores, 'orders')).toMatchObject({
      row: undefined,
      mentions: [{ kind: 'reject', line: 4, code: 'invalid_date' }],
    });
    await expect(lineage('A', stores, 'orders')).rejects.toMatchObject({
      hint: 'give order_id=VALUE line=VALUE',
    });
    await expect(lineage(['order_id=A', 'line=x'], stores, 'orders')).rejects.toThrow(
      'no value of order_id, line',
    );
  });

  it('exports rejects as the file had them, and loads them again, each once', async () => {
    const o = { spreadsheet: false, settled: false, limit: 9 };
    const text = (await Array.fromAsync(exportFeed('orders', {}, o, stores))).join('');
    expect(text).toMatch(/,B,1,x,"3,00",,/);
    expect(text).toMatch(/,E,1,01.02.2026,"5,00",\[masked\],/);
    const day = text.replace(',x,', ',02.01.2026,');
    const masked = await inFile(day);
    expect(await told((how) => resubmit(masked, how, stores))).toMatchObject([
      { inserted: 1, problems: 1 },
      [['masked_value', 'customer']],
    ]);
    const fixed = await inFile(day.replace(',[masked],', ',,'));
    expect(await told((how) => resubmit(fixed, how, stores))).toMatchObject([
      { inserted: 1 },
      [['resubmitted_before', null]],
    ]);
    expect(await table()).toEqual(expect.arrayContaining(['B 1 2026-01-02 3.00 4', 'E 1 2026-02-01 5.00 4']));
    expect(await lineage(['order_id=B', 'line=1'], stores, 'orders')).toMatchObject({
      origin: { name: 'orders/a.csv', line: 4 },
      corrections: [{ line: 4, origin: true }],
    });
    expect(await proof()).toEqual([]);
  });

  it('tries rejects without a parent again from the ledger, but not one whose value it does not keep', async () => {
    const plain = { ...orders, fields: orders.fields.map(({ sensitive: _, ...field }) => field) } as Contract;
    await load('c.csv', ['D;1;05.02.2026;1.000,10;ada'], plain);
    await sql`UPDATE sluice_rejects SET code = 'missing_parent' WHERE code = 'refused_by_database'`;
    const again = () => told((how) => resubmitCode('missing_parent', how, stores));
    expect(await again()).toMatchObject([{ inserted: 0, problems: 1 }, [['missing_parent', null]]]);
    await sql`INSERT INTO shop.customers VALUES ('ada')`;
    expect(await again()).toMatchObject([{ inserted: 1, problems: 0 }, []]);
    expect(await table()).toContain('D 1 2026-02-05 1000.10 2');
    expect(await again()).toMatchObject([{ records: 0 }, []]);
    expect(await proof()).toEqual([]);
  });

  it('undoes a file by the rows that name it, also after retention, and keeps rows that another file holds', async () => {
    await sql`UPDATE sluice_files SET closed_at = closed_at - interval '1 day', registered_at = registered_at - interval '1 day'`;
    await sql`UPDATE sluice_chunks SET committed_at = committed_at - interval '1 day'`;
    while ((await dropOldDetail(sql, 'events', 3_600_000)).rows > 0);
    expect((await sql`SELECT FROM sluice_chunks`).length).toBeGreaterThan(0);
    for (let left = 1; left > 0; ) {
      const { files, rows } = await dropOldDetail(sql, 'orders', 3_600_000);
      left = files + rows;
    }
    expect(await sql`SELECT FROM sluice_chunks`).toHaveLength(0);
    const { plan, removed } = await undone('orders/a.csv');
    expect([plan.rows, plan.shared, plan.sharedWith, removed]).toEqual([2, 1, ['orders/b.csv'], 2]);
    expect(await table()).toEqual([
      'A 2 2026-01-01 2.00 3',
      'C 1 2026-01-01 4.00 3',
      'D 1 2026-02-05 1000.10 2',
      'E 1 2026-02-01 5.00 4',
    ]);
    expect(await proof()).toEqual([]);
  });

  it('proves the table by the files that rows name, whoever else fills it', async () => {
    await sql`INSERT INTO shop.orders VALUES ('Z', 1, '2026-01-01', 1, NULL, NULL, NULL)`;
    expect(await proof()).toEqual([]);
    await sql`DELETE FROM shop.orders WHERE order_id = 'C'`;
    expect(await proof()).toMatchObject([{ problem: 'table_differs', name: 'orders/b.csv' }]);
    expect((await verify(sql, 'events')).problems).toEqual([]);
    await sql`INSERT INTO shop.orders SELECT 'C', 1, '2026-01-01', 4, NULL, file_no, 3 FROM sluice_files WHERE name = 'orders/b.csv'`;
    expect(await proof()).toEqual([]);
  });

  it('says what a replay would change when the contract changes', async () => {
    const wider = { ...orders, fields: orders.fields.filter(({ name }) => name !== 'amount') } as Contract;
    const from = { rules, contract: orders };
    expect(await planReplay(sql, 'orders', from, { rules, contract: wider })).toMatchObject({
      ...{ loaded: { files: 1, rows: 2 }, added: [], removed: ['amount'], changed: [] },
      effect: 'conflicts',
    });
    expect(await planReplay(sql, 'orders', from, from)).toMatchObject({ effect: 'duplicates' });
    const other = { rules, contract: { ...orders, table: 'shop.others' } };
    expect(await planReplay(sql, 'orders', from, other)).toMatchObject({ effect: 'rows' });
  });

  it('is renamed in the ledger, and neither while a file is open nor to a name that is taken', async () => {
    const refused = { outcome: 'refused' };
    expect(await renameFeed(sql, 'orders', 'events', 'me')).toMatchObject(refused);
    await sql`UPDATE sluice_files SET closed_at = NULL WHERE name = 'orders/b.csv'`;
    expect(await renameFeed(sql, 'orders', 'sales', 'me')).toMatchObject({
      why: expect.stringContaining('orders/b.csv'),
    });
    await sql`UPDATE sluice_files SET closed_at = now() WHERE name = 'orders/b.csv'`;
    const before = await totals(sql, 'orders');
    expect(await renameFeed(sql, 'orders', 'sales', 'me')).toEqual({ outcome: 'renamed', files: 3 });
    expect([await totals(sql, 'sales'), (await totals(sql, 'orders')).files]).toEqual([before, 0]);
    expect(await lineage(['order_id=A', 'line=2'], stores, 'sales')).toMatchObject({
      origin: { name: 'sales/a.csv', path: join(source, 'a.csv') },
    });
    const entries = await listAudit(sql, { after: null, limit: 9, feed: 'sales' });
    expect(entries).toMatchObject([{ action: 'rename', detail: { from: 'orders', files: 3 } }]);
    expect(await proof()).toEqual([]);
  });
});
