import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Contract, DEFAULT_RULES } from '@sluice/core';
import { contractOf, ledgerFeeds, listRejects, verify } from '@sluice/ledger';
import { exportRejects, lint, resubmit } from '@sluice/pipeline/without-redis';
import { tempFolder } from '@sluice/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as schemas from '../src/api/schemas.ts';
import { browserProgram, openBrowser, openReader, type Reader } from './browser.ts';
import { HEADER, idOf, lineOf, type TestDashboard, testDashboard } from './test-dashboard.ts';

const shipped = readFileSync(join(import.meta.dirname, '../../../config/feeds/events.yaml'), 'utf8');

/** The events with one column more. Nothing but this file says so. */
const wide = shipped.replace(
  /( +)- \{ name: price.*/,
  '$&\n$1- { name: channel, type: string, constraints: { maxLength: 20 } }',
);

/** A feed with a key of two fields, and a value that nobody may see. */
const orders = `
feed: orders
files: ["*.csv"]
format: { delimiter: ";", decimalChar: "," }
table: orders
schema:
  primaryKey: [order_no, position]
  fields:
    - { name: order_no, constraints: { required: true } }
    - { name: position, type: integer, constraints: { required: true } }
    - { name: amount, type: number, digits: [8, 2] }
    - { name: paid, type: boolean }
    - { name: card, sensitive: true }
load: { countBy: paid }
`;
const TABLE = `CREATE TABLE orders (order_no TEXT, position BIGINT, amount NUMERIC(10, 2), paid BOOLEAN, card TEXT,
  sluice_file BIGINT NOT NULL, sluice_line BIGINT NOT NULL, PRIMARY KEY (order_no, position))`;
const CARD = '4111-1111';
const ORDERS = `order_no;position;amount;paid;card
A/17;1;1,50;true;${CARD}
A/17;2;2,00;false;${CARD}
A/17;1;9,90;true;${CARD}
A/18;x;1;true;${CARD}
`;

const TOO_LONG = 'x'.repeat(21);
const header = HEADER.replace('\n', ',channel\n');
const wideLine = (n: number, channel: string) => lineOf(n).replace('\n', `,${channel}\n`);
const first = header + wideLine(1, 'web') + wideLine(2, '') + wideLine(3, TOO_LONG);

let dashboard: TestDashboard;

beforeAll(async () => {
  const FEEDS_DIR = tempFolder();
  mkdirSync(FEEDS_DIR, { recursive: true });
  writeFileSync(join(FEEDS_DIR, 'events.yaml'), wide);
  writeFileSync(join(FEEDS_DIR, 'orders.yaml'), orders);
  dashboard = await testDashboard({ FEEDS_DIR });
  await dashboard.stores.sql.unsafe(`ALTER TABLE events ADD COLUMN channel VARCHAR(20); ${TABLE}`);
  dashboard.drop('a.csv', first);
  dashboard.drop('may.csv', ORDERS, 'orders');
  await dashboard.load();
  dashboard.drop('b.csv', header + wideLine(1, 'shop'));
  await dashboard.load();
});

afterAll(() => dashboard.close());

async function ask<S extends z.ZodType>(address: string, schema: S): Promise<z.output<S>> {
  return schema.parse((await dashboard.get(address)).body);
}

async function active(feed: string): Promise<Contract> {
  const { sql } = dashboard.stores;
  const known = (await ledgerFeeds(sql)).find((one) => one.feed === feed);
  const found = await contractOf(sql, known?.contractNo ?? null);
  if (found === undefined) throw new Error(`there is no contract of ${feed}`);
  return found.load.contract;
}

async function rowsOf(): Promise<Record<number, string | null>> {
  const rows = await dashboard.stores.sql<{ event_id: string; channel: string | null }[]>`
    SELECT event_id, channel FROM events`;
  return Object.fromEntries(rows.map((row) => [Number(row.event_id.slice(-3)), row.channel]));
}

describe('a column that the YAML adds', () => {
  it('arrives in the row, and is NULL where the file has no value', async () => {
    expect(await rowsOf()).toEqual({ 1: 'web', 2: null });
    expect((await verify(dashboard.stores.sql)).problems).toEqual([]);
  });

  it('arrives in a conflict', async () => {
    const { conflicts } = await ask('/api/conflicts?feed=events', schemas.conflictList);
    const sides = { offered: { channel: 'shop' }, kept: { channel: 'web' }, differs: ['channel'] };
    expect(conflicts).toMatchObject([{ eventId: idOf(1), ...sides }]);
  });

  it('arrives in lint, which names its limit', async () => {
    const file = join(tempFolder(), 'a.csv');
    writeFileSync(file, first);
    const found: object[] = [];
    const o = {
      stopping: new AbortController().signal,
      onReject: (reject: object) => void found.push(reject),
    };
    const contract = await active('events');
    const report = await lint(file, { rules: DEFAULT_RULES, contract, files: ['*'] }, o);
    expect(report).toMatchObject({ records: 3, rejects: 1, otherColumns: 0 });
    expect(found).toMatchObject([{ line: 4, col: 'channel', code: 'value_too_long', value: TOO_LONG }]);
    expect(found).toMatchObject([{ expected: 'at most 20 characters' }]);
  });
});

describe('a second feed', () => {
  it('is told apart by the API, in figures, lists and rows by its own key', async () => {
    const { feeds } = await ask('/api/feeds', schemas.feedList);
    expect(feeds).toMatchObject([
      { name: 'events', table: 'events', records: 4 },
      { name: 'orders', table: 'orders', key: ['order_no', 'position'], records: 4, rows: 2, rejects: 1 },
    ]);
    const { totals, database } = await ask('/api/overview?feed=orders', schemas.overview);
    expect([totals?.records, database?.rows, database?.countBy]).toEqual([4, 2, 'paid']);
    const { files } = await ask('/api/files?feed=orders', schemas.fileList);
    expect(files.map(({ name }) => name)).toEqual(['orders/may.csv']);
    const { rejects, reasons } = await ask('/api/rejects?feed=orders', schemas.rejectList);
    expect(rejects).toMatchObject([{ feed: 'orders', line: 5, column: 'position' }]);
    expect(reasons).toMatchObject([{ name: 'invalid_integer', count: 1 }]);
    const { conflicts } = await ask('/api/conflicts?feed=orders', schemas.conflictList);
    const key = { order_no: 'A/17', position: 1 };
    const sides = { offered: { amount: '9.90', paid: true }, kept: { amount: '1.50' }, differs: ['amount'] };
    expect(conflicts).toMatchObject([{ eventId: null, key, ...sides, sensitive: ['card'] }]);
    const asked = new URLSearchParams({ feed: 'orders' });
    for (const pair of ['position=2', 'order_no=A/17']) asked.append('key', pair);
    const row = await ask(`/api/events?${asked}`, schemas.passport);
    expect(row).toMatchObject({ row: { amount: '2.00', card: '[masked]' }, origin: { line: 3 } });
    expect(await dashboard.get('/api/files?feed=nothing')).toMatchObject({
      status: 200,
      body: { files: [] },
    });
    expect(JSON.stringify([rejects, conflicts, row])).not.toContain(CARD);
  });

  it('has a label of its own in the metrics', async () => {
    const { body } = await dashboard.app.inject({ url: '/metrics', headers: dashboard.own });
    expect(body).toContain('sluice_records_total{feed="orders"} 4');
    expect(body).toContain('sluice_records_total{feed="events"} 4');
    expect(body).toContain('sluice_rejects_total{feed="orders",reason="invalid_integer"} 1');
    expect(body).toMatch(/sluice_table_size_bytes\{feed="orders"\} [1-9]/);
  });
});

describe('a reject that is corrected value by value', () => {
  let place: { file: number; line: number };
  const correct = async (values: Record<string, string>, line = place.line) => {
    const { status, body } = await dashboard.act('/api/actions/correct', { ...place, line, values });
    return { status, ...schemas.corrected.partial().parse(body) };
  };

  beforeAll(async () => {
    const [reject] = (await ask('/api/rejects?feed=orders', schemas.rejectList)).rejects;
    place = { file: reject?.fileNo ?? 0, line: reject?.line ?? 0 };
  });

  it('is shown with what each value must be to people who may see values, and to nobody else', async () => {
    const address = `/api/rejects/${place.file}/${place.line}`;
    const form = await ask(address, schemas.rejectForm);
    expect(form).toMatchObject({ feed: 'orders', column: 'position', certain: true, why: null });
    expect(form.cells).toEqual([
      { name: 'order_no', text: 'A/18', hidden: false, rule: 'a value that is not empty' },
      { name: 'position', text: 'x', hidden: false, rule: expect.stringContaining('a whole number') },
      { name: 'amount', text: '1', hidden: false, rule: expect.stringContaining('the ","') },
      { name: 'paid', text: 'true', hidden: false, rule: expect.stringContaining('for true') },
      { name: 'card', text: '', hidden: true, rule: '' },
    ]);
    for (const rights of [
      { role: 'operator', values: false },
      { role: 'viewer', values: true },
    ] as const) {
      const headers = dashboard.program(rights);
      const payload = { ...place, values: {} };
      const looks = [address, '/api/rejects.csv?feed=orders'].map((url) =>
        dashboard.app.inject({ url, headers }),
      );
      const act = dashboard.app.inject({ method: 'POST', url: '/api/actions/correct', headers, payload });
      const statuses = (await Promise.all([...looks, act])).map(({ statusCode }) => statusCode);
      expect([rights, statuses]).toEqual([rights, rights.values ? [200, 200, 403] : [403, 403, 403]]);
    }
  });

  it("is exported with the CLI's columns; a spreadsheet calculates nothing in it", async () => {
    for (const [query, header] of [
      ['', 'file_no,file,line,last_line,column,reason,expected,order_no,position,amount,paid,card,raw'],
      [
        '&spreadsheet=yes',
        '\ufefffile_no,file,line,last_line,column,reason,expected,order_no,position,amount,paid,card,raw,escaped',
      ],
    ]) {
      const url = `/api/rejects.csv?file=${place.file}${query}`;
      const { body, headers } = await dashboard.app.inject({ url, headers: dashboard.own });
      expect(headers['content-disposition']).toBe('attachment; filename="rejects-orders.csv"');
      expect(body.split(/\r?\n/)[0]).toBe(header);
      expect(body).toContain('A/18,x,1,true,[masked]');
      expect(body).not.toContain(CARD);
    }
  });

  it('stays a reject while a value is wrong, hidden, missing or of no field, and says which', async () => {
    expect(await correct({ position: 'y' })).toMatchObject({
      changed: 0,
      problem: { column: 'position', reason: 'invalid_integer' },
    });
    expect(await correct({ position: '7' })).toMatchObject({
      problem: { column: 'card', reason: 'masked_value' },
    });
    expect(await correct({ other: '7' })).toMatchObject({ status: 409 });
    expect(await correct({ position: '7\0' })).toMatchObject({ status: 400 });
    expect(await correct({ position: '7' }, 999)).toMatchObject({ status: 404 });
  });

  it('is a row once, whoever sends it at the same time: the other one is told; the audit has no values', async () => {
    const both = await Promise.all(['8', '9'].map((position) => correct({ position, card: 'new-card' })));
    expect(both.map(({ changed }) => changed).sort()).toEqual([0, 1]);
    expect(both.find(({ changed }) => changed === 0)).toMatchObject({
      problem: { reason: 'resubmitted_before', expected: expect.stringMatching(/^loaded at /) },
    });
    const { sql } = dashboard.stores;
    const rows = await sql`SELECT position::int, card, sluice_line::int FROM orders WHERE order_no = 'A/18'`;
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ card: 'new-card', sluice_line: 5 });
    expect((await verify(sql)).problems).toEqual([]);
    const { entries } = await ask('/api/audit', schemas.auditList);
    const own = entries.filter(({ action }) => action === 'resubmit');
    expect(own).toMatchObject([{ subject: 'line 5 of orders/may.csv', doneBy: 'local@127.0.0.1' }]);
    expect(JSON.stringify(own)).not.toContain('new-card');
    expect((await ask(`/api/rejects/${place.file}/${place.line}`, schemas.rejectForm)).why).toMatch(
      /^loaded at /,
    );
  });
});

describe('a reject for the added column', () => {
  it('is in an export with its value, and from there its row gets into the table', async () => {
    const { sql } = dashboard.stores;
    const contract = await active('events');
    const rejects = listRejects(sql, { feed: 'events' }, { settled: false, limit: 9 });
    const text = (await Array.fromAsync(exportRejects(rejects, contract, { spreadsheet: false }))).join('');
    expect(text.split('\n')[0]).toMatch(/,price,channel,raw$/);
    expect(text).toContain(`,1.50,${TOO_LONG},`);
    const file = join(tempFolder(), 'rejects.csv');
    writeFileSync(file, text.replace(`1.50,${TOO_LONG},`, '1.50,app,'));
    const stopping = new AbortController().signal;
    const onProblem = (problem: object) => expect(problem).toBeUndefined();
    expect(await resubmit(file, { dryRun: false, stopping, onProblem }, { sql })).toMatchObject({
      inserted: 1,
    });
    expect(await rowsOf()).toEqual({ 1: 'web', 2: null, 3: 'app' });
  });
});

describe.skipIf(browserProgram === undefined)('on the page', { timeout: 60_000 }, () => {
  let browser: Browser;
  let reader: Reader;

  beforeAll(async () => {
    browser = await openBrowser(browserProgram ?? '');
    await dashboard.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = dashboard.app.server.address() as AddressInfo;
    reader = await openReader(browser, `http://127.0.0.1:${port}`);
    await reader.page.goto(`http://127.0.0.1:${port}${dashboard.link()}`);
    await reader.page.waitForURL(/\/(?:#.*)?$/);
  });

  afterAll(() => browser?.close());

  const pairs = async (place: string) => {
    await reader.open(place);
    return (await reader.page.locator('main dl.facts').allInnerTexts()).join(' ').replaceAll(/\s+/g, ' ');
  };

  it('an added column stands in the passport of a row and in a conflict', async () => {
    expect(await pairs(`events/${idOf(1)}`)).toContain('channel web');
    expect(await pairs('conflicts')).toContain('channel web \u2192 shop');
    expect(reader.complaints).toEqual([]);
  });

  it('a conflict of another feed leads to its row, and a choice of the feed limits what is shown', async () => {
    const { page, overflow, violations } = reader;
    await reader.open('conflicts', { width: 360 });
    await page.getByRole('link', { name: 'order_no A/17, position 1' }).click();
    await page.getByText('Line 2 of').waitFor();
    expect(await page.getByLabel('position').inputValue()).toBe('1');
    expect(await page.getByText(CARD).count()).toBe(0);
    expect(await violations()).toEqual([]);
    expect(await overflow()).toBe(0);
    await reader.open('files', { width: 360 });
    expect(await page.getByRole('link', { name: /\.csv$/ }).count()).toBe(3);
    await page.getByLabel('Feed').selectOption('orders');
    await page.getByRole('link', { name: 'a.csv' }).waitFor({ state: 'detached' });
    expect(await page.getByRole('link', { name: /\.csv$/ }).allInnerTexts()).toEqual(['orders/may.csv']);
    await reader.open('feeds', { width: 360 });
    expect(await overflow()).toBe(0);
    expect(await violations()).toEqual([]);
    await reader.open('/?feed=all');
    expect(reader.complaints).toEqual([]);
  });

  it('a reject leads to a form with the focus on the value that failed, and is a row when that is right', async () => {
    const { page, overflow, violations } = reader;
    dashboard.drop('c.csv', header + wideLine(5, TOO_LONG));
    await dashboard.load();
    await reader.open('rejects?feed=events', { width: 360 });
    expect(await page.getByRole('link', { name: 'Export as CSV' }).getAttribute('href')).toBe(
      '/api/rejects.csv?feed=events',
    );
    await page.getByRole('link', { name: 'Correct line 2 of c.csv' }).click();
    const field = page.getByLabel('channel');
    await field.waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('channel');
    expect(await field.inputValue()).toBe(TOO_LONG);
    await page.getByText('at most 20 characters').last().waitFor();
    expect(await violations()).toEqual([]);
    expect(await overflow()).toBe(0);
    await field.fill(`${TOO_LONG}y`);
    await page.keyboard.press('Enter');
    await page.getByText('Not loaded: value too long in channel').waitFor();
    expect([await field.inputValue(), await page.evaluate('document.activeElement.name')]).toEqual([
      `${TOO_LONG}y`,
      'channel',
    ]);
    await field.fill('phone');
    await page.keyboard.press('Enter');
    await page.getByText('line 2 of c.csv is a row now').waitFor();
    expect(await rowsOf()).toMatchObject({ 5: 'phone' });
    expect(reader.complaints).toEqual([]);
  });
});
