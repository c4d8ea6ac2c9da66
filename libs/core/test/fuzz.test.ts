import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Chunk,
  CsvReader,
  type CsvRecord,
  DEFAULT_RULES,
  EventFile,
  type FileRules,
} from '../src/index.ts';
import { events } from './events.ts';
import { linesOf, type SlowRecord, slowCsv } from './slow-csv.ts';
import { HEADER, id, inUtf16, mutate, mutation, VALID, write, writtenFile } from './written-file.ts';

/** Blocks that end at these places. All come in the same memory, as those of a file do. */
function* blocksOf(bytes: Uint8Array, cuts: readonly number[]): Generator<Uint8Array> {
  const ends = [...cuts.filter((cut) => cut >= 0 && cut < bytes.length), bytes.length].sort((a, b) => a - b);
  const memory = new Uint8Array(bytes.length);
  let start = 0;
  for (const end of ends) {
    memory.set(bytes.subarray(start, end));
    yield memory.subarray(0, end - start);
    memory.fill(0x22);
    start = end;
  }
}

function read(bytes: Uint8Array, cuts: readonly number[] = [], rules: Partial<FileRules> = {}): Chunk[] {
  const file = new EventFile({ ...DEFAULT_RULES, ...rules }, events);
  const chunks: Chunk[] = [];
  for (const block of blocksOf(bytes, cuts)) {
    if (file.fault === null) chunks.push(...[...file.push(block)].flat());
  }
  if (file.fault === null) chunks.push(...[...file.finish()].flat());
  return [...chunks, file.end('hash')];
}

/** What was found, without the borders of the chunks. */
function found(chunks: readonly Chunk[]) {
  const last = chunks.at(-1);
  return {
    rows: chunks.flatMap(({ rows }) => rows.parsed()),
    rejects: chunks.flatMap(({ rejects }) => rejects),
    lastLine: last?.lastLine,
    eof: last?.eof,
  };
}

/** Every record is a row or a reject, once, in the chunk that holds its line, and the chunks tile the file (I1, I7). */
function expectConserved(chunks: readonly Chunk[], bytes: Uint8Array): void {
  let next = 1;
  let total = 0;
  for (const chunk of chunks) {
    expect(chunk.firstLine).toBe(next);
    expect(chunk.lastLine).toBeGreaterThanOrEqual(chunk.firstLine - 1);
    const [ofRows, ofRejects] = [
      chunk.rows.parsed().map((row) => row.sluice_line),
      chunk.rejects.map(({ line }) => line),
    ];
    const lines = [...ofRows, ...ofRejects];
    expect(new Set(lines).size).toBe(lines.length);
    for (const line of lines) {
      expect(line).toBeGreaterThanOrEqual(chunk.firstLine);
      expect(line).toBeLessThanOrEqual(chunk.lastLine);
    }
    for (const list of [ofRows, ofRejects]) expect(list).toEqual(list.toSorted((a, b) => a - b));
    next = chunk.lastLine + 1;
    total += lines.length;
  }
  expect(chunks.filter(({ eof }) => eof !== null)).toEqual([chunks.at(-1)]);
  const { eof, lastLine } = found(chunks);
  expect(eof?.total).toBe(total);
  expect(eof?.contentHash).toBe(eof?.quarantine === null ? 'hash' : null);
  expect(lastLine).toBeLessThanOrEqual(bytes.filter((byte) => byte === 0x0a).length + 1);
}

/** What is read of these bytes, whatever blocks they come in and whatever chunks they are cut into (I6). */
function readAnyhow(bytes: Uint8Array, cuts: readonly number[], chunkRows: number, rules = {}) {
  const whole = read(bytes, [], rules);
  expectConserved(whole, bytes);
  expect(read(bytes, cuts, rules)).toEqual(whole);
  const small = read(bytes, cuts, { ...rules, chunkRows });
  expectConserved(small, bytes);
  expect(small.every(({ rows, rejects }) => rows.count + rejects.length <= chunkRows)).toBe(true);
  expect(found(small)).toEqual(found(whole));
  return found(whole);
}

/** Compares every line with what the slow parser says of it, for a file with the header above that has no fault. */
function expectAsSlowly(result: ReturnType<typeof found>, text: string): void {
  const records = slowCsv(text, ',').slice(1);
  const codeOf = ({ fields }: SlowRecord) =>
    fields === null ? 'broken_quote' : fields.length === events.fields.length ? 'value' : 'field_count';
  const structural = (code: string) => (code === 'broken_quote' || code === 'field_count' ? code : 'value');
  const judged = [
    ...result.rejects.map(({ line, code }) => [line, structural(code)] as const),
    ...result.rows.map((row) => [row.sluice_line, 'value'] as const),
  ].sort(([a], [b]) => a - b);
  expect(judged).toEqual(records.map((record) => [record.line, codeOf(record)]));
  const lastLines = new Map(records.map(({ line, lastLine }) => [line, lastLine]));
  for (const { sluice_line: line, sluice_last_line: lastLine = line } of result.rows)
    expect([line, lastLine]).toEqual([line, lastLines.get(line)]);
  for (const { line, last_line } of result.rejects)
    expect([line, last_line]).toEqual([line, lastLines.get(line)]);
  const texts = new Map(records.map(({ line, fields }) => [line, fields?.slice(1, 4)]));
  for (const { sluice_line: line, event_type, product_id, user_id } of result.rows) {
    expect([event_type, product_id, user_id]).toEqual(texts.get(line));
  }
  expect(result.lastLine).toBe(linesOf(text));
}

const cutList = fc.array(fc.nat(400), { maxLength: 8 });
const fewRows = fc.integer({ min: 1, max: 5 });

describe.each(['UTC', 'America/New_York', 'Asia/Kathmandu'])('the reader in a process of zone %s', (zone) => {
  const { TZ } = process.env;

  beforeAll(() => {
    process.env.TZ = zone;
  });

  afterAll(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });

  it('is in that zone', () => {
    const minutes = { UTC: 0, 'America/New_York': 300, 'Asia/Kathmandu': -345 };
    expect(new Date(1_767_300_000_000).getTimezoneOffset()).toBe(minutes[zone as keyof typeof minutes]);
  });

  it('takes any bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([Buffer.from(HEADER), tail])),
      fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([inUtf16(HEADER).le, tail])),
      fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([inUtf16(HEADER).be, tail])),
    );
    fc.assert(
      fc.property(bytes, cutList, fewRows, (given, cuts, chunkRows) => {
        readAnyhow(given, cuts, chunkRows);
      }),
      { numRuns: 300 },
    );
  });

  it('takes any characters behind a header, and finds the records that the slow parser finds', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        ',',
        ',,,,,,',
        '"',
        '""',
        '"a"',
        '\n',
        '\r\n',
        '\r',
        ' ',
        'é',
        '😀',
        '\0',
        '\ufeff',
        `${id(1)}`,
      ],
      `${id(2)},view,p,u,2026-01-02 03:04:05,,\n`,
      `${id(3)},"vi,ew","p\n1",u,2026-01-02 03:04:05,,\n`,
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => HEADER + pieces.join(''));
    fc.assert(
      fc.property(text, cutList, fewRows, (given, cuts, chunkRows) => {
        expectAsSlowly(readAnyhow(Buffer.from(given), cuts, chunkRows), given);
      }),
      { numRuns: 400 },
    );
  });

  it('takes a valid file that was damaged, and finds of it what the slow parser finds', () => {
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        cutList,
        fewRows,
        (mutations, spareHeader, cuts, chunkRows) => {
          const bytes = mutate(Buffer.from(VALID), mutations, spareHeader ? HEADER.length : 0);
          const result = readAnyhow(bytes, cuts, chunkRows);
          if (!spareHeader) return;
          expect(result.eof?.quarantine?.reason).toBe(isUtf8(bytes) ? undefined : 'encoding');
          if (isUtf8(bytes)) expectAsSlowly(result, Buffer.from(bytes).toString());
        },
      ),
      { numRuns: 400 },
    );
  });

  it('takes a valid file cut off anywhere, and finds all records before the cut', () => {
    const bytes = Buffer.from(VALID);
    const whole = found(read(bytes)).rows;
    const records = slowCsv(VALID, ',');
    const ends = VALID.split('\n').map((_, i, lines) => {
      return Buffer.byteLength(lines.slice(0, i + 1).join('\n')) + 1;
    });
    for (let length = 0; length <= bytes.length; length += 1) {
      const { rows } = readAnyhow(bytes.subarray(0, length), [length >> 1, length - 3], 2);
      const finished = records.filter(({ lastLine }) => (ends[lastLine - 1] ?? 0) <= length);
      const safe = whole.filter((row) => finished.some((record) => record.line === row.sluice_line));
      expect(rows.slice(0, safe.length)).toEqual(safe);
      expect(rows.length - safe.length).toBeLessThanOrEqual(1);
    }
  });

  it('reads what RFC 4180 writes, with the values and the lines that the slow parser finds', () => {
    fc.assert(
      fc.property(writtenFile, cutList, fewRows, (given, cuts, chunkRows) => {
        const text = write(given);
        const slow = slowCsv(text, given.delimiter).slice(1);
        expect(slow.map(({ fields }) => fields)).toEqual(
          given.records.map(({ values }) => given.order.map((name) => values[name])),
        );
        const { delimiter, records } = given;
        const result = readAnyhow(Buffer.from(text), cuts, chunkRows, { delimiter });
        expect(result.rejects).toEqual([]);
        expect(result.lastLine).toBe(linesOf(text));
        expect(result.rows).toEqual(
          records.map(({ values: { note: _, ...event } }, i) => ({
            ...event,
            sluice_line: slow[i]?.line,
            ...(slow[i]?.lastLine !== slow[i]?.line && { sluice_last_line: slow[i]?.lastLine }),
            event_timestamp: event.event_timestamp.replace('T', ' ').replace('Z', ''),
            quantity: event.quantity === '' ? null : Number(event.quantity),
            price: event.price === '' ? null : event.price,
          })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('reads UTF-16 as it reads UTF-8', () => {
    fc.assert(
      fc.property(writtenFile, cutList, fewRows, (given, cuts, chunkRows) => {
        const [text, { delimiter }] = [write(given), given];
        const utf8 = readAnyhow(Buffer.from(text), cuts, chunkRows, { delimiter });
        for (const bytes of Object.values(inUtf16(text)))
          expect(readAnyhow(bytes, cuts, chunkRows, { delimiter })).toEqual(utf8);
      }),
      { numRuns: 100 },
    );
  });
});

describe('quotes that stay open for a mebibyte', () => {
  const MIB = 1024 * 1024;
  const LINE = `${'y'.repeat(63)}\n`;
  /** Lines that open or close a quote, leave it as it is, or fill the space up to the limit. */
  const piece = fc.oneof(
    fc.constantFrom(
      '"a\n',
      'x,"y\n',
      'z"\n',
      '"\n',
      ',"\n',
      '",\n',
      '","\n',
      'a""b\n',
      '"a","b"\n',
      'a\n',
      '\r\n',
    ),
    fc.integer({ min: -3, max: 3 }).map((more) => `${LINE.repeat(MIB / 64 - 1)}${'y'.repeat(63 + more)}\n`),
    fc
      .constantFrom(`${'""'.repeat(31)},\n`, LINE, `${','.repeat(63)}\n`)
      .chain((line) => fc.constantFrom(0.4, 0.7, 1.1).map((mib) => line.repeat((mib * MIB) / line.length))),
    fc.constantFrom(0.5, 0.999).map((mib) => 'x'.repeat(mib * MIB)),
  );
  const text = fc.array(piece, { minLength: 2, maxLength: 7 }).map((pieces) => pieces.join(''));

  function* blocksIn(whole: string, chars: number): Generator<string> {
    for (let at = 0; at < whole.length; at += chars) yield whole.slice(at, at + chars);
  }

  const readIn = (whole: string, chars: number) => {
    const reader = new CsvReader();
    const records: Found[] = [];
    const take = (groups: Iterable<readonly CsvRecord[]>) => {
      for (const group of groups)
        records.push(...group.map(({ line, lastLine, broken }) => ({ line, lastLine, broken })));
    };
    for (const block of blocksIn(whole, chars)) {
      take(reader.push(block));
      if (reader.tooLong) return { records, reader };
    }
    take(reader.end());
    return { records, reader };
  };

  it('cost their first line alone, whatever blocks the text comes in, and are read in linear work (I6)', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 4 * MIB }), (whole, chars) => {
        const { records, reader } = readIn(whole, 65_536);
        const again = readIn(whole, Math.max(chars, 10_000));
        expect(again.records.length).toBe(records.length);
        expect(again.records.findIndex((record, i) => differ(record, records[i]))).toBe(-1);
        expect(again.reader.tooLong).toBe(reader.tooLong);
        const slow = slowCsv(whole, ',');
        if (!reader.tooLong) expect(slow.length).toBe(records.length);
        expect(
          records.findIndex((record, i) => {
            const { line, lastLine, fields } = slow[i] ?? { line: 0, lastLine: 0, fields: null };
            return differ(record, { line, lastLine, broken: fields === null });
          }),
        ).toBe(-1);
        expect(reader.looked).toBeLessThanOrEqual(3 * whole.length);
      }),
      { numRuns: 10 },
    );
  });
});

type Found = Pick<CsvRecord, 'line' | 'lastLine' | 'broken'>;

function differ(a: Found, b: Found | undefined): boolean {
  return a.line !== b?.line || a.lastLine !== b.lastLine || a.broken !== b.broken;
}

describe('the work on megabytes of quotes is linear', () => {
  const MIB = 1024 * 1024;

  // A reader that searched the rest once more behind each broken quote would be at it for minutes.
  it.each([
    ['"a\n', 'broken_quote', 1],
    ['x,"y\n', 'broken_quote', 1],
    ['"\n', 'field_count', 2],
    ['"",""\n', 'field_count', 1],
    [',"\n"\n', 'field_count', 1],
  ])('in lines such as %j, each of which ends as %s', (line, code, linesPerRecord) => {
    const times = Math.floor(MIB / line.length / 2) * 2;
    const bytes = Buffer.from(HEADER + line.repeat(times));
    const cuts = Array.from({ length: Math.floor(bytes.length / 65_536) }, (_, i) => (i + 1) * 65_536);
    const { rows, rejects, eof, lastLine } = found(read(bytes, cuts));
    expect(rows).toEqual([]);
    expect(eof).toMatchObject({ total: times / linesPerRecord, quarantine: null });
    expect(new Set(rejects.map((reject) => reject.code))).toEqual(new Set([code]));
    expect(lastLine).toBe(1 + line.split('\n').length * times - times);
  });

  it('in a quote that is not closed for a megabyte of lines, each of which is broken by itself', () => {
    const lines = 260_000;
    const block = Buffer.from(`"x\n${'a""\n'.repeat(lines)}`);
    const file = new EventFile(DEFAULT_RULES, events);
    const take = (steps: Iterable<unknown>) => [...steps].length;
    take(file.push(Buffer.from(HEADER)));
    for (let time = 0; time < 2; time += 1) {
      for (let at = 0; at < block.length; at += 65_536) take(file.push(block.subarray(at, at + 65_536)));
    }
    take(file.finish());
    expect(file.end('hash')).toMatchObject({
      lastLine: 1 + 2 * (1 + lines),
      eof: { total: 2 * (1 + lines) },
    });
  });
});
