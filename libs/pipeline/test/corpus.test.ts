import { readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import {
  bothStrayQuotes,
  type Chunk,
  DEFAULT_RULES,
  events,
  type FileRules,
  type StrayQuotes,
  type Value,
} from '@sluice/core';
import { verify } from '@sluice/ledger';
import { type OpenSource, sourceAt } from '@sluice/source';
import { type CorpusCase, type CorpusRow, corpus, placeCase, tempFolder, waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readChunks } from '../src/load/read-chunks.ts';
import { countOf, type TestPipeline, testPipeline } from './load.ts';

const CASES = corpus();

/** Makes a source give blocks of 3 bytes, all in the same memory. */
function inSmallBlocks(source: OpenSource): OpenSource {
  const blocks = source.blocks.bind(source);
  const memory = Buffer.alloc(3);
  source.blocks = async function* () {
    for await (const block of blocks()) {
      for (let at = 0; at < block.length; at += memory.length) {
        yield memory.subarray(0, block.copy(memory, 0, at, at + memory.length));
      }
    }
  };
  return source;
}

/** A row with its time and its price as PostgreSQL shows them. */
function stored({ event_timestamp, price, again: _, ...row }: Readonly<Record<string, Value>> | CorpusRow) {
  const [whole = '', decimals = ''] = typeof price === 'string' ? price.split('.') : [];
  return {
    ...row,
    event_timestamp: String(event_timestamp).replace(/\.0+$|(\.\d*?)0+$/, '$1'),
    price: price === null ? null : `${BigInt(whole)}.${decimals.padEnd(2, '0')}`,
  };
}

/** Rows whose id stood earlier in the chunk: what PostgreSQL must count. */
function repeatedIn({ rows }: Chunk): number {
  return rows.count - new Set(rows.parsed().map(({ event_id }) => event_id)).size;
}

interface FoundReject {
  readonly line: number;
  readonly last_line?: number;
  readonly col: string | null;
  readonly code: string;
}

const ofReject = ({ line, last_line = line, col, code }: FoundReject) => ({ line, last_line, col, code });

async function outcomeOf(chunks: AsyncIterable<Chunk>) {
  const all = await Array.fromAsync(chunks);
  const rows = all.flatMap((chunk) => chunk.rows.parsed());
  const last = all.at(-1);
  return {
    rows: rows.map(({ sluice_line: line, sluice_last_line: last_line, ...row }) => ({
      ...stored(row),
      ...{ line, ...(last_line !== undefined && { last_line }) },
    })),
    rejects: all.flatMap((chunk) => chunk.rejects.map(ofReject)),
    strayQuotes: all.reduce<StrayQuotes | null>(
      (sum, chunk) => bothStrayQuotes(sum, chunk.strayQuotes),
      null,
    ),
    quarantine: last?.eof?.quarantine ?? null,
    lastLine: last?.lastLine,
    total: last?.eof?.total,
    duplicatesInChunk: all.reduce((sum, chunk) => sum + repeatedIn(chunk), 0),
    extraColumns: (last?.header?.width ?? events.fields.length) - events.fields.length,
  };
}

function expectedOf({
  rows,
  rejects,
  strayQuotes,
  quarantine,
  lastLine,
  total,
  duplicatesInChunk,
  extraColumns,
}: CorpusCase) {
  return {
    rows: rows.map(stored),
    rejects: rejects.map(ofReject),
    strayQuotes,
    quarantine: quarantine && { ...quarantine, detail: expect.stringContaining(quarantine.detail) },
    lastLine,
    total,
    duplicatesInChunk,
    extraColumns,
  };
}

describe.each(['UTC', 'America/New_York', 'Asia/Kathmandu'])('in a process of zone %s', (zone) => {
  const { TZ } = process.env;
  const folder = tempFolder();

  beforeAll(() => {
    process.env.TZ = zone;
    for (const one of CASES) placeCase(folder, one);
  });

  afterAll(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });

  async function read(name: string, rules: FileRules, change = (source: OpenSource) => source) {
    await using source = await sourceAt(folder).open(name);
    if (source === undefined) throw new Error(`${name} is not there`);
    return await outcomeOf(readChunks(change(source), { name, rules }, events));
  }

  it('really runs in that zone', () => {
    const minutes = { UTC: 0, 'America/New_York': 300, 'Asia/Kathmandu': -345 };
    expect(new Date(1_767_300_000_000).getTimezoneOffset()).toBe(minutes[zone as keyof typeof minutes]);
  });

  it.each(CASES)('$name: $about', async (one) => {
    const { name } = one;
    const rules = { ...DEFAULT_RULES, ...one.rules };
    expect(await read(name, rules)).toEqual(expectedOf(one));
    // How a file is cut into blocks and chunks has nothing to do with the zone, which matters only to the value of a time.
    if (zone !== 'UTC') return;
    const single = await read(name, { ...rules, chunkRows: 1 });
    expect(single).toEqual({ ...expectedOf(one), duplicatesInChunk: 0 });
    if (statSync(join(folder, name)).size > 65_536) return;
    expect(await read(name, rules, inSmallBlocks)).toEqual(expectedOf(one));
  });
});

describe('all files at once, in a pipeline that runs', () => {
  const usual = CASES.filter((one) => one.rules === undefined);
  let pipeline: TestPipeline;

  beforeAll(async () => {
    pipeline = await testPipeline({ env: { UNFINISHED_FOR: '200ms' } });
    for (const one of usual) placeCase(pipeline.source, one);
  });

  afterAll(() => pipeline.close());

  interface FileRow {
    readonly file_no: number;
    readonly name: string;
    readonly again: boolean;
    readonly same: boolean;
    readonly counts: Record<string, unknown>;
  }

  /** Files that are complete, in the order in which they were found. `again`: not the first version of its name. */
  async function files(): Promise<FileRow[]> {
    return [
      ...(await pipeline.sql<FileRow[]>`
        SELECT file_no, name, same_as IS NOT NULL AS same,
               row_number() OVER (PARTITION BY name ORDER BY file_no) > 1 AS again,
               json_build_object(
                 'total', total, 'records', records, 'inserted', inserted, 'duplicates', duplicates,
                 'duplicatesInChunk', duplicates_in_chunk, 'conflicts', conflicts, 'rejects', rejects,
                 'quarantine', quarantine, 'lastLine', last_line,
                 'strayQuotes', CASE WHEN stray_quotes > 0 THEN json_build_object(
                   'count', stray_quotes, 'line', stray_quote_at[1], 'lastLine', stray_quote_at[2]) END,
                 'extraColumns', coalesce(columns, ${events.fields.length}) - ${events.fields.length}) AS counts
        FROM sluice_files WHERE closed_at IS NOT NULL ORDER BY file_no`),
    ];
  }

  /** What the ledger must say of a case. A conflict is a later record of an id with other content than its first. */
  function countsOf({ rows, rejects, strayQuotes, total, quarantine, lastLine, extraColumns }: CorpusCase) {
    const content = (row: CorpusRow) => JSON.stringify({ ...stored(row), line: 0, last_line: 0 });
    const first = new Map(rows.toReversed().map((row) => [row.event_id, content(row)]));
    const duplicates = rows.length - first.size;
    return {
      total,
      records: total,
      inserted: first.size,
      duplicates,
      duplicatesInChunk: duplicates,
      conflicts: rows.filter((row) => content(row) !== first.get(row.event_id)).length,
      rejects: rejects.length,
      quarantine: quarantine?.reason ?? null,
      strayQuotes,
      lastLine,
      extraColumns,
    };
  }

  const tableRows = async () => [
    ...(await pipeline.sql`
      SELECT event_id, event_type, product_id, user_id, event_timestamp::text, quantity, price::text, created_at::text
      FROM events ORDER BY event_id`),
  ];

  async function complete(versions: number): Promise<FileRow[]> {
    for (const role of ['watcher', 'worker', 'worker'] as const) pipeline.fleet.start(role);
    return await waitFor(
      async () => {
        const found = await files();
        return found.length >= versions && found;
      },
      { what: `${versions} complete versions`, timeoutMs: 50_000 },
    );
  }

  it('every file is counted, and each row and each reject is where it belongs', async () => {
    const found = await complete(usual.length);
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(found.map(({ name, counts }) => ({ name, counts })).sort(byName)).toEqual(
      usual.map((one) => ({ name: one.name, counts: countsOf(one) })).sort(byName),
    );
    const rejects = await pipeline.sql<(Required<FoundReject> & { name: string })[]>`
      SELECT name, line, reject.last_line, col, code FROM sluice_rejects AS reject JOIN sluice_files USING (file_no) ORDER BY name, line`;
    const rejectsOf = (name: string) => rejects.filter((row) => row.name === name).map(ofReject);
    for (const { name, rejects: expected } of usual)
      expect([name, rejectsOf(name)]).toEqual([name, expected.map(ofReject)]);
    const rows = new Map(
      usual
        .flatMap((one) => one.rows.toReversed())
        .map(({ line: _, last_line: __, again: ___, ...row }) => [row.event_id, row]),
    );
    const inTable = new Map((await tableRows()).map(({ created_at: _, ...row }) => [row.event_id, row]));
    expect(inTable).toEqual(rows);
    expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
  });

  it('a second run over the same files, touched, adds no row', async () => {
    const before = await tableRows();
    const conflicts = await pipeline.sql`SELECT * FROM sluice_conflicts ORDER BY file_no, line`;
    await pipeline.fleet.stop();
    const now = new Date();
    for (const name of readdirSync(pipeline.source)) utimesSync(join(pipeline.source, name), now, now);
    const again = (await complete(2 * usual.length)).filter((file) => file.again);
    expect(await tableRows()).toEqual(before);
    expect([...(await pipeline.sql`SELECT * FROM sluice_conflicts ORDER BY file_no, line`)]).toEqual([
      ...conflicts,
    ]);
    expect(again.filter(({ counts }) => counts.inserted !== 0)).toEqual([]);
    // A file in quarantine was not read to its end, so its content is not known and it is read once more.
    const reread = usual.filter((one) => one.quarantine !== null).map(({ name }) => name);
    expect(
      again
        .filter(({ same }) => !same)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(reread.sort());
    expect(await countOf(pipeline.sql, 'events')).toBe(before.length);
    expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
  });
});
