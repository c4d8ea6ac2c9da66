import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chunk, columnsOf, DEFAULT_RULES, EventFile, recordsOf } from '../src/index.ts';
import { events } from './events.ts';

const HEADER = `${columnsOf(events).join(',')}\n`;
const ID = '6f9619ff-8b86-4011-b42d-00c04fc964f';

function chunksOf(text: string, chunkRows: number, blockBytes?: number): Chunk[] {
  const file = new EventFile({ ...DEFAULT_RULES, chunkRows }, events);
  const bytes = Buffer.from(text);
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length && file.fault === null; at += blockBytes ?? bytes.length) {
    const block = bytes.subarray(at, at + (blockBytes ?? bytes.length));
    chunks.push(...[...file.push(block)].flat());
  }
  if (file.fault === null) chunks.push(...[...file.finish()].flat());
  return [...chunks, file.end('hash')];
}

const rowsOf = (chunks: readonly Chunk[]) => chunks.flatMap((chunk) => chunk.rows.parsed());

const good = (i: number) => `${ID}${i % 10},view,p${i},u,2026-01-01 00:00:00,,\n`;
const line = fc.oneof(
  { weight: 4, arbitrary: fc.nat(9).map(good) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\n',
      'bad\n',
      '"open\n',
      'a,b,c,d,e,f,g\n',
      `${ID}1,"two\nlines",p,u,2026-01-01 00:00:00,,\n`,
    ),
  },
);
const body = fc.array(line, { maxLength: 30 }).map((lines) => lines.join(''));

describe('a file of events', () => {
  it('gives the same chunks whatever blocks its bytes come in (I6)', () => {
    fc.assert(
      fc.property(
        body,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 50 }),
        (text, rows, block) => {
          expect(chunksOf(HEADER + text, rows, block)).toEqual(chunksOf(HEADER + text, rows));
        },
      ),
    );
  });

  it('ends every record as a row or as a reject, and says so in the total (I1, I7)', () => {
    fc.assert(
      fc.property(body, fc.integer({ min: 1, max: 7 }), (text, rows) => {
        const chunks = chunksOf(HEADER + text, rows);
        const all = chunksOf(HEADER + text, 1_000);
        const sum = chunks.reduce((count, chunk) => count + recordsOf(chunk), 0);
        expect(chunks.at(-1)?.eof?.total).toBe(sum);
        expect(rowsOf(chunks)).toEqual(rowsOf(all));
        expect(chunks.flatMap((chunk) => chunk.rejects)).toEqual(all.flatMap((chunk) => chunk.rejects));
      }),
    );
  });

  it('is tiled by its chunks: none larger than asked, no gap, the last one alone with the end mark', () => {
    fc.assert(
      fc.property(body, fc.integer({ min: 1, max: 7 }), (text, rows) => {
        const chunks = chunksOf(HEADER + text, rows);
        let next = 1;
        for (const chunk of chunks) {
          expect(chunk.firstLine).toBe(next);
          expect(recordsOf(chunk)).toBeLessThanOrEqual(rows);
          next = chunk.lastLine + 1;
        }
        expect(chunks.filter((chunk) => chunk.eof !== null)).toEqual([chunks.at(-1)]);
      }),
    );
  });

  it('that is empty, or has a header alone, is one chunk with no records', () => {
    for (const text of ['', HEADER]) {
      const [chunk, ...more] = chunksOf(text, 10);
      expect(more).toEqual([]);
      expect(chunk).toMatchObject({
        firstLine: 1,
        rows: { count: 0 },
        eof: { total: 0, contentHash: 'hash', quarantine: null },
      });
    }
  });

  it('without the columns of an event is quarantined with their names', () => {
    const chunks = chunksOf('a,b\n1,2\n', 10);
    expect(chunks).toHaveLength(1);
    expect(chunks[0]?.eof?.quarantine).toMatchObject({ reason: 'header_missing_column' });
    expect(chunks[0]?.eof?.total).toBe(0);
  });

  it('keeps the rows before a fault that comes late', () => {
    const chunks = chunksOf(`${HEADER}${good(1)}${good(2)}"${'x'.repeat(1_100_000)}`, 1, 65_536);
    expect(chunks.map((chunk) => chunk.rows.count)).toEqual([1, 1]);
    expect(chunks.at(-1)).toMatchObject({
      lastLine: 3,
      eof: { total: 2, quarantine: { reason: 'record_too_long' } },
    });
  });

  it('is cut by size too, so that long records cannot make a chunk huge (I8)', () => {
    const long = `${ID}1,view,${'p'.repeat(600_000)},u,2026-01-01 00:00:00,,\n`;
    expect(chunksOf(HEADER + long.repeat(5), 1_000).map(recordsOf)).toEqual([2, 2, 1]);
  });
});
