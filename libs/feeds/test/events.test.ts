import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_RULES, events, loadSchema } from '@sluice/core';
import { loadConfig } from '@sluice/process';
import { tempFolder } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { canonicalLoad, readFeeds } from '../src/index.ts';

async function shipped(env: Record<string, string> = {}) {
  const cwd = tempFolder();
  const { declarations, mistakes } = await readFeeds(loadConfig({ env, cwd }));
  expect(mistakes).toEqual([]);
  const [declaration] = declarations;
  if (declaration === undefined) throw new Error('no feed of events');
  return { ...declaration, cwd };
}

test('events.yaml is the contract that the migration gives to what was loaded before, and that of core', async () => {
  const { load } = await shipped();
  const migration = join(import.meta.dirname, '../../ledger/src/migrations/0014_feeds.sql');
  const [, json = ''] = /\$load\$(.*?)\$load\$/s.exec(readFileSync(migration, 'utf8')) ?? [];
  const { contract, ...rest } = JSON.parse(json);
  const first = loadSchema.parse({ ...rest, contract: { ...contract, table: 'events' } });
  expect(canonicalLoad(load)).toBe(canonicalLoad(first));
  const { chunkRows, reader, ...rules } = DEFAULT_RULES;
  expect(canonicalLoad(load)).toBe(canonicalLoad({ rules, contract: events }));
});

test("events.yaml takes today's settings", async () => {
  const { cwd, load, ...declaration } = await shipped({
    SOURCE_DIR: 'in',
    EVENTS_TABLE: 'shop.events',
    CSV_DELIMITER: 'tab',
    SOURCE_TIMEZONE: 'Europe/Berlin',
    REJECT_LIMIT: '5%',
    EXPANSION_LIMIT: '7',
    CLEAN_SOURCE: 'archive',
    ARCHIVE_DIR: '/done',
    QUARANTINE_DIR: '/bad',
    RETENTION: '1h',
  });
  expect(declaration).toMatchObject({
    source: join(cwd, 'in'),
    files: ['*.csv', '*.csv.gz', '*.csv.zst'],
    cleanSource: 'archive',
    archiveDir: '/done',
    quarantineDir: '/bad',
    retention: 3_600_000,
  });
  expect(load.rules).toEqual({
    ...{
      type: 'csv',
      encoding: 'utf-8',
      skipRows: 0,
      header: true,
      delimiter: '\t',
      quoteChar: '"',
      comment: null,
    },
    ...{ timeZone: 'Europe/Berlin', rejectLimit: { share: 0.05 }, expansionLimit: 7 },
  });
  expect(load.contract.table).toBe('shop.events');
});
