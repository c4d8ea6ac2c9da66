import { verify } from '@sluice/ledger';
import { waitFor } from '@sluice/testkit';
import { afterEach, expect, it } from 'vitest';
import { closedFiles, countOf, dropFile, type TestPipeline, testPipeline } from './load.ts';

let pipeline: TestPipeline;

afterEach(() => pipeline.close());

let id = 0;
const good = () => {
  id += 1;
  return `00000000-0000-4000-8000-${String(id).padStart(12, '0')},view,p,u,2026-01-01 00:00:00,,`;
};

function csv(rows: number, rejects: number): string {
  const lines = [...Array.from({ length: rejects }, () => 'bad'), ...Array.from({ length: rows }, good)];
  return `event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n${lines.join('\n')}\n`;
}

async function load(limit: string, files: Record<string, string>) {
  pipeline = await testPipeline({ env: { REJECT_LIMIT: limit, CHUNK_ROWS: '2' } });
  for (const [name, text] of Object.entries(files)) dropFile(pipeline.source, name, text);
  pipeline.fleet.start('watcher');
  pipeline.fleet.start('worker');
  const count = Object.keys(files).length;
  await waitFor(async () => (await closedFiles(pipeline.sql)) === count, { what: 'all files to be closed' });
  expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
  const rows = await pipeline.sql<{ name: string; records: number; quarantine: string; detail: string }[]>`
    SELECT name, records, quarantine, quarantine_detail AS detail FROM sluice_files ORDER BY name`;
  return rows.map(({ name, records, quarantine, detail }) => [name, records, quarantine, detail]);
}

it('a file with more rejects than a share of its records is quarantined whole, others are loaded', async () => {
  const files = { 'at.csv': csv(9, 1), 'over.csv': csv(8, 2), 'fine.csv': csv(3, 0), 'empty.csv': '' };
  expect(await load('10%', files)).toEqual([
    ['at.csv', 10, null, null],
    ['empty.csv', 0, null, null],
    ['fine.csv', 3, null, null],
    ['over.csv', 0, 'too_many_rejects', '2 of 10 records; REJECT_LIMIT is 10%'],
  ]);
  expect(await countOf(pipeline.sql, 'events')).toBe(12);
});

it('a file with more rejects than a count is quarantined whole', async () => {
  expect(await load('2', { 'at.csv': csv(3, 2), 'over.csv': csv(30, 3) })).toEqual([
    ['at.csv', 5, null, null],
    ['over.csv', 0, 'too_many_rejects', '3 of 33 records; REJECT_LIMIT is 2'],
  ]);
});
