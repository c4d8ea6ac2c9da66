import { events } from '@sluice/core';
import {
  activateContract,
  connectPostgres,
  contractOf,
  ledgerFeeds,
  retireFeed,
  type Sql,
} from '@sluice/ledger';
import { testLedger } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { missedExpectations, missedText } from '../src/without-redis.ts';

let sql: Sql;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await testLedger();
  drop = database.drop;
  sql = connectPostgres(database.url, 'test');
  const rules = (await contractOf(sql, null))?.load.rules;
  if (rules === undefined) throw new Error('the ledger has no first contract');
  for (const [feed, expected] of Object.entries({
    daily: { every: 86_400_000, by: 390, timeZone: 'Europe/Berlin', files: 2 },
    often: { every: 900_000, by: null, timeZone: 'UTC', files: 1 },
    any: undefined,
  }))
    await activateContract(sql, {
      ...{ feed, load: { rules, contract: events }, source: `/data/${feed}`, expect: expected },
      ...{ yamlAt: new Date('2026-01-01'), who: 'test' },
    });
  await sql`UPDATE sluice_contracts SET made_at = '2026-01-01'`;
});

afterAll(async () => {
  await sql.end();
  await drop();
});

async function land(feed: string, name: string, at: string, generation = 0): Promise<void> {
  await sql`INSERT INTO sluice_files (feed, name, token, generation, chunk_rows, reader, landed_at, stable_at)
            VALUES (${feed}, ${`${feed}/${name}`}, '1-1-1', ${generation}, 250, 1, ${at}, ${at})`;
}

/** What is missed at this time, without the name of the feed. */
async function missed(feed: string, now: string): Promise<string> {
  const all = await missedExpectations(sql, await ledgerFeeds(sql), new Date(now));
  const found = all.find((one) => one.feed === feed);
  return found === undefined ? '' : missedText(found).replace(`the feed ${feed} expects `, '');
}

it('a feed misses its files when too few landed, whatever was replayed or came to other feeds, and no longer once they have come', async () => {
  const two = '2 files every 1d by 06:30 (Europe/Berlin), and';
  expect(await missed('daily', '2026-11-28T06:00Z')).toBe(`${two} none has come for 2026-11-28`);
  await land('daily', 'a.csv', '2026-11-28T03:00Z');
  await land('daily', 'a.csv', '2026-11-28T04:00Z', 1);
  await land('any', 'b.csv', '2026-11-28T04:00Z');
  expect(await missed('daily', '2026-11-28T05:29Z')).toBe(`${two} only 1 has come for 2026-11-27`);
  expect(await missed('daily', '2026-11-28T05:30Z')).toBe(`${two} only 1 has come for 2026-11-28`);
  expect(await missed('daily', '2026-11-29T05:00Z')).toBe(`${two} only 1 has come for 2026-11-28`);
  await land('daily', 'late.csv', '2026-11-29T01:00Z');
  expect(await missed('daily', '2026-11-29T05:00Z')).toBe('');
  expect(await missed('daily', '2026-11-29T06:00Z')).toBe(`${two} only 1 has come for 2026-11-29`);

  expect(await missed('often', '2026-11-28T06:00Z')).toBe(
    '1 file every 15m, and none has come in the last 15m',
  );
  await land('often', 'c.csv', '2026-11-28T05:50Z');
  expect(await missed('often', '2026-11-28T06:00Z')).toBe('');
  expect(await missed('often', '2026-11-28T06:05:00.001Z')).not.toBe('');
  expect(await missed('any', '2026-11-28T06:00Z')).toBe('');
  await retireFeed(sql, 'often', 'test');
  expect(await missed('often', '2026-11-28T07:00Z')).toBe('');
});
