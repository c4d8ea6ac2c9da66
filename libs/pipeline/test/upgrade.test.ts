import { randomUUID } from 'node:crypto';
import { type Chunk, DEFAULT_RULES, events, type FileNo, fileNo } from '@sluice/core';
import { commitBatch, encodeChunk, findVersions, registerVersions, type Sql, verify } from '@sluice/ledger';
import { type Source, sourceAt } from '@sluice/source';
import { waitFor } from '@sluice/testkit';
import { afterEach, expect, it } from 'vitest';
import { readChunks } from '../src/load/read-chunks.ts';
import { closedFiles, dropFile, type TestPipeline, testPipeline } from './load.ts';

let pipeline: TestPipeline;

afterEach(() => pipeline.close());

const HEADER = 'event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n';
const rules = { ...DEFAULT_RULES, chunkRows: 2, reader: 2 };

/** Lines of the chunks into which reader 2 cut each of these files. */
const SPANS = [
  [1, 3],
  [4, 4],
];

/** Files that reader 2 read otherwise than its successors, and what it found behind the first two rows. */
const FILES = [
  {
    name: 'open-quote.csv',
    rest: (row: (n: number) => string) => `${row(3)}"5 inch\n${'\n'.repeat(1_100_000)}${row(4)}`,
    inserted: 3,
    rejects: [],
    quarantine: 'record_too_long',
    lastLine: 4,
  },
  {
    name: 'bad-bytes.csv',
    rest: (row: (n: number) => string) =>
      Buffer.concat([Buffer.from(`${row(3)}"5 inch\n${row(4)}`), Buffer.from([0xff, 0x0a])]),
    inserted: 3,
    rejects: [],
    quarantine: 'encoding',
    lastLine: 4,
  },
  {
    name: 'last-cr.csv',
    rest: (row: (n: number) => string) => row(3).replace('\n', '\r'),
    inserted: 2,
    rejects: [{ line: 4, code: 'invalid_decimal' }],
    quarantine: null,
    lastLine: 4,
  },
] as const;

it('a version that was half committed when the reader changed is read to its end as it began (I6)', async () => {
  pipeline = await testPipeline();
  const { sql, source } = pipeline;
  const folder = sourceAt(source);
  for (const [f, { name, rest }] of FILES.entries()) {
    const row = (n: number) =>
      `00000000-0000-4000-8000-00000000${f}00${n},view,p,u,2026-01-01 00:00:00,1,9.99\n`;
    dropFile(
      source,
      name,
      Buffer.concat([HEADER + row(1) + row(2), rest(row)].map((part) => Buffer.from(part))),
    );
    const found = await folder.look(name);
    if (found === undefined) throw new Error(`${name} is not there`);
    await registerVersions(
      sql,
      [{ ...found, landedAt: new Date(), stableAt: new Date(), same: null }],
      rules,
    );
    const [known] = await findVersions(sql, [found]);
    const chunks = await chunksOf(folder, name);
    await commitFirst(sql, known?.fileNo ?? fileNo.parse(1), chunks);
  }
  pipeline.fleet.start('watcher');
  pipeline.fleet.start('worker');
  await waitFor(async () => (await closedFiles(sql)) === FILES.length, { what: 'all files to be closed' });

  for (const { name, inserted, rejects, quarantine, lastLine } of FILES) {
    const [file] = await sql`
      SELECT inserted, quarantine, last_line AS "lastLine", reader,
             (SELECT coalesce(json_agg(json_build_object('line', line, 'code', code)), '[]')
              FROM sluice_rejects AS reject WHERE reject.file_no = file.file_no) AS rejects,
             (SELECT json_agg(json_build_array(first_line, last_line) ORDER BY first_line)
              FROM sluice_chunks AS chunk WHERE chunk.file_no = file.file_no) AS spans
      FROM sluice_files AS file WHERE name = ${name}`;
    expect(file).toEqual({ inserted, quarantine, lastLine, reader: 2, rejects, spans: SPANS });
  }
  expect([...(await verify(sql)).problems]).toEqual([]);
});

async function chunksOf(folder: Source, name: string): Promise<Chunk[]> {
  await using opened = await folder.open(name);
  if (opened === undefined) throw new Error(`${name} is not there`);
  return await Array.fromAsync(readChunks(opened, { name, rules }, events));
}

async function commitFirst(sql: Sql, file: FileNo, [first]: readonly Chunk[]): Promise<void> {
  if (first === undefined) throw new Error('no chunk');
  const now = new Date().toISOString();
  await commitBatch(sql, randomUUID(), [
    encodeChunk({ fileNo: file, contractNo: null }, first, { queuedAt: now, parsedAt: now })(now),
  ]);
}
