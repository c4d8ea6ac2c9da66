import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Contract, DEFAULT_RULES, events } from '@sluice/core';
import { activateContract, listRejects, verify } from '@sluice/ledger';
import { exportRejects, lint, resubmit } from '@sluice/pipeline/without-redis';
import { tempFolder } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as schemas from '../src/api/schemas.ts';
import { browserProgram, openBrowser, openReader } from './browser.ts';
import { HEADER, idOf, lineOf, type TestDashboard, testDashboard } from './test-dashboard.ts';

/** The events with one column more. Nothing else in the program knows of it. */
const wide: Contract = {
  ...events,
  fields: [...events.fields, { name: 'channel', type: 'string', constraints: { maxLength: 20 } }],
};

const TOO_LONG = 'x'.repeat(21);
const header = HEADER.replace('\n', ',channel\n');
const wideLine = (n: number, channel: string) => lineOf(n).replace('\n', `,${channel}\n`);
const first = header + wideLine(1, 'web') + wideLine(2, '') + wideLine(3, TOO_LONG);

let dashboard: TestDashboard;

beforeAll(async () => {
  dashboard = await testDashboard({}, undefined, undefined, wide);
  await dashboard.stores.sql`ALTER TABLE events ADD COLUMN channel VARCHAR(20)`;
  const load = { rules: DEFAULT_RULES, contract: wide };
  const yaml = { source: '', yamlAt: new Date(), who: 'test' };
  await activateContract(dashboard.stores.sql, { feed: 'events', load, ...yaml });
  dashboard.drop('a.csv', first);
  await dashboard.load();
  dashboard.drop('b.csv', header + wideLine(1, 'shop'));
  await dashboard.load();
});

afterAll(() => dashboard.close());

async function ask<S extends z.ZodType>(address: string, schema: S): Promise<z.output<S>> {
  return schema.parse((await dashboard.get(address)).body);
}

async function rowsOf(): Promise<Record<number, string | null>> {
  const rows = await dashboard.stores.sql<{ event_id: string; channel: string | null }[]>`
    SELECT event_id, channel FROM events`;
  return Object.fromEntries(rows.map((row) => [Number(row.event_id.slice(-3)), row.channel]));
}

describe('a column that is added to the contract', () => {
  it('arrives in the row, and is NULL where the file has no value', async () => {
    expect(await rowsOf()).toEqual({ 1: 'web', 2: null });
    expect((await verify(dashboard.stores.sql)).problems).toEqual([]);
  });

  it('arrives in a conflict', async () => {
    const { conflicts } = await ask('/api/conflicts', schemas.conflictList);
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
    const report = await lint(file, { rules: DEFAULT_RULES, contract: wide, files: ['*'] }, o);
    expect(report).toMatchObject({ records: 3, rejects: 1, otherColumns: 0 });
    expect(found).toMatchObject([{ line: 4, col: 'channel', code: 'value_too_long', value: TOO_LONG }]);
    expect(found).toMatchObject([{ expected: expect.stringContaining('20 in channel') }]);
  });

  describe.skipIf(browserProgram === undefined)('on the page', () => {
    it('stands in the passport of a row and in a conflict', { timeout: 60_000 }, async () => {
      const browser = await openBrowser(browserProgram ?? '');
      try {
        await dashboard.app.listen({ host: '127.0.0.1', port: 0 });
        const { port } = dashboard.app.server.address() as AddressInfo;
        const reader = await openReader(browser, `http://127.0.0.1:${port}`);
        await reader.page.goto(`http://127.0.0.1:${port}${dashboard.link()}`);
        await reader.page.waitForURL(/\/(?:#.*)?$/);
        const pairs = async (place: string) => {
          await reader.open(place);
          return (await reader.page.locator('main dl.facts').allInnerTexts())
            .join(' ')
            .replaceAll(/\s+/g, ' ');
        };
        expect(await pairs(`events/${idOf(1)}`)).toContain('channel web');
        expect(await pairs('conflicts')).toContain('channel web \u2192 shop');
        expect(reader.complaints).toEqual([]);
        await reader.close();
      } finally {
        await browser.close();
      }
    });
  });

  it('arrives in an export, and from there in the table', async () => {
    const { sql } = dashboard.stores;
    const rejects = listRejects(sql, {}, { settled: false, limit: 9 });
    const text = (await Array.fromAsync(exportRejects(rejects, wide, { spreadsheet: false }))).join('');
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
