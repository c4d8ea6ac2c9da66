import { events, type Load } from '@sluice/core';
import { testLedger } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  activateContract,
  connectPostgres,
  contractOf,
  type Declared,
  ledgerFeeds,
  listAudit,
  type Sql,
} from '../src/index.ts';

let sql: Sql;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await testLedger();
  drop = database.drop;
  sql = connectPostgres(database.url, 'test');
});

afterAll(async () => {
  await sql.end();
  await drop();
});

const who = 'somebody@somewhere';

async function declared(
  feed: string,
  year: number,
  change: Partial<Load['contract']> = {},
): Promise<Declared> {
  const load = (await contractOf(sql, null))?.load;
  if (load === undefined) throw new Error('the ledger has no first contract');
  const contract = { ...load.contract, ...change };
  return {
    feed,
    load: { ...load, contract },
    source: `/data/${feed}`,
    yamlAt: new Date(`${year}-01-01`),
    who,
  };
}

describe('the contracts of the ledger', () => {
  it('begin with the one by which all files were read before there were feeds', async () => {
    expect(await contractOf(sql, null)).toMatchObject({
      contractNo: 1,
      feed: 'events',
      load: { contract: events },
    });
    expect(await ledgerFeeds(sql)).toMatchObject([{ feed: 'events', contractNo: 1, source: null }]);
  });

  it('get a number when a feed declares something else, and the old number when it declares the same again', async () => {
    const first = await activateContract(sql, await declared('orders', 2020));
    const second = await activateContract(sql, await declared('orders', 2021, { table: 'other' }));
    const third = await activateContract(sql, await declared('orders', 2022));
    expect(second.contractNo).toBeGreaterThan(first.contractNo);
    expect(third).toEqual(first);
    expect((await contractOf(sql, second.contractNo))?.load.contract.table).toBe('other');
    const entries = await listAudit(sql, { after: Number.MAX_SAFE_INTEGER, limit: 3 });
    expect(entries.map(({ action, subject }) => `${action} ${subject}`)).toEqual(
      Array.from({ length: 3 }, () => 'activate orders'),
    );
  });

  it('refuse what an older YAML declares, and take it when nothing differs', async () => {
    const { contractNo } = await activateContract(sql, await declared('parts', 2021));
    const older = await declared('parts', 2020, { table: 'other' });
    expect(await activateContract(sql, older)).toEqual({ outcome: 'outdated', contractNo });
    expect(await activateContract(sql, await declared('parts', 2020))).toEqual({
      outcome: 'active',
      contractNo,
    });
  });

  it('stay the same when only the expectation of the feed changes, of which the YAML that was changed last counts', async () => {
    const daily = { every: 86_400_000, by: 390, timeZone: 'Europe/Berlin', files: 1 };
    const first = await activateContract(sql, await declared('daily', 2020));
    const noted = async () => (await ledgerFeeds(sql)).find(({ feed }) => feed === 'daily')?.expect;
    expect(await noted()).toBeNull();
    for (const [year, files, now] of [
      [2021, 1, 1],
      [2022, 2, 2],
      [2021, 3, 2],
    ] as const) {
      const expected = { ...daily, files };
      expect(await activateContract(sql, { ...(await declared('daily', year)), expect: expected })).toEqual(
        first,
      );
      expect(await noted()).toEqual({ ...daily, files: now });
    }
    await activateContract(sql, await declared('daily', 2023));
    expect(await noted()).toBeNull();
  });

  it('are made once when two processes declare a new feed at once', async () => {
    const both = await declared('twice', 2021);
    const done = await Promise.all(Array.from({ length: 8 }, () => activateContract(sql, both)));
    expect(new Set(done.map(({ contractNo }) => contractNo)).size).toBe(1);
  });
});
