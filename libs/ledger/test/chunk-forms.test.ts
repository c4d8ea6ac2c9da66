import { type Chunk, contractNo, events, fileNo, type ParsedRow, Rows } from '@sluice/core';
import { describe, expect, it } from 'vitest';
import type { ChunkTimes } from '../src/commit/payload-form.ts';
import { CHUNK_VERSION, encodeChunk, formOf, refuseRows } from '../src/index.ts';

/** With every optional field too, so that one that is added is missed here by the type checker. */
type Whole<T> = T extends string | number | boolean | null
  ? T
  : { readonly [K in keyof T]-?: Whole<Exclude<T[K], undefined>> };

const reject: Whole<Chunk['rejects'][number]> = {
  line: 4,
  last_line: 5,
  col: 'price',
  code: 'invalid_decimal',
  expected: 'a number',
  raw: 'raw',
};

const row: Whole<ParsedRow> = {
  sluice_line: 2,
  sluice_last_line: 3,
  event_id: '00000000-0000-4000-8000-000000000001',
  event_type: 'view',
  product_id: 'p',
  user_id: 'u',
  event_timestamp: '2026-01-01 00:00:00',
  quantity: 2,
  price: '1.50',
};

const chunk: Whole<Omit<Chunk, 'rows'>> & Pick<Chunk, 'rows'> = {
  firstLine: 2,
  lastLine: 5,
  rows: Rows.of(events, [row]),
  rejects: [reject],
  header: {
    at: [0, 1, 2, 3, 4, 5, 6],
    width: 7,
  },
  strayQuotes: { count: 1, line: 2, lastLine: 3 },
  eof: { total: 4, contentHash: 'hash', quarantine: { reason: 'encoding', detail: 'line 5' } },
};

const times: Whole<ChunkTimes> = { queuedAt: 'queued', parsedAt: 'parsed' };

/**
 * What each form looks like. A form that was released is staged somewhere: never change an entry. When a payload comes
 * to look otherwise, raise CHUNK_VERSION and add the new form below the others.
 */
const FORMS: Readonly<Record<number, string>> = {
  1:
    '{"v":1,"staged_at":"staged","file_no":7,"first_line":3,"last_line":4,"records":2,"columns_at":[0,1,2,3,4,5,6],' +
    '"columns":7,"total":4,"content_hash":"hash","quarantine":"encoding","quarantine_detail":"line 5",' +
    '"queued_at":"queued","parsed_at":"parsed","rows":[{"line":3,"event_id":"00000000-0000-4000-8000-000000000001",' +
    '"event_type":"view","product_id":"p","user_id":"u","event_timestamp":"2026-01-01 00:00:00","quantity":2,' +
    '"price":"1.50","again":true}],"rejects":[{"line":4,"col":"price","code":"invalid_decimal","expected":"a number",' +
    '"raw":"raw"}]}',
  2:
    '{"v":2,"staged_at":"staged","file_no":7,"first_line":2,"last_line":5,"records":2,"columns_at":[0,1,2,3,4,5,6],' +
    '"columns":7,"stray_quotes":1,"stray_quote_at":[2,3],"total":4,"content_hash":"hash","quarantine":"encoding",' +
    '"quarantine_detail":"line 5","queued_at":"queued","parsed_at":"parsed","rows":[{"line":2,"last_line":3,' +
    '"event_id":"00000000-0000-4000-8000-000000000001","event_type":"view","product_id":"p","user_id":"u",' +
    '"event_timestamp":"2026-01-01 00:00:00","quantity":2,"price":"1.50","again":true}],"rejects":[{"line":4,' +
    '"last_line":5,"col":"price","code":"invalid_decimal","expected":"a number","raw":"raw"}]}',
  3:
    '{"v":3,"staged_at":"staged","file_no":7,"first_line":2,"last_line":5,"records":2,"columns_at":[0,1,2,3,4,5,6],' +
    '"columns":7,"stray_quotes":1,"stray_quote_at":[2,3],"total":4,"content_hash":"hash","quarantine":"encoding",' +
    '"quarantine_detail":"line 5","queued_at":"queued","parsed_at":"parsed","rows":[{"line":2,"last_line":3,' +
    '"event_id":"00000000-0000-4000-8000-000000000001","event_type":"view","product_id":"p","user_id":"u",' +
    '"event_timestamp":"2026-01-01 00:00:00","quantity":2,"price":"1.50"}],"rejects":[{"line":4,' +
    '"last_line":5,"col":"price","code":"invalid_decimal","expected":"a number","raw":"raw"}]}',
  4:
    '{"v":4,"staged_at":"staged","file_no":7,"contract":3,"first_line":2,"last_line":5,"records":2,"columns_at":[0,1,2,3,4,5,6],' +
    '"columns":7,"stray_quotes":1,"stray_quote_at":[2,3],"total":4,"content_hash":"hash","quarantine":"encoding",' +
    '"quarantine_detail":"line 5","queued_at":"queued","parsed_at":"parsed","rejects":[{"line":4,"last_line":5,' +
    '"col":"price","code":"invalid_decimal","expected":"a number","raw":"raw"}]}\n' +
    '[{"sluice_line":2,"sluice_last_line":3,"event_id":"00000000-0000-4000-8000-000000000001","event_type":"view","product_id":"p",' +
    '"user_id":"u","event_timestamp":"2026-01-01 00:00:00","quantity":2,"price":"1.50"}]',
  5:
    '{"v":5,"staged_at":"staged","file_no":7,"contract":3,"first_line":2,"last_line":5,"records":2,"columns_at":[0,1,2,3,4,5,6],' +
    '"columns":7,"stray_quotes":1,"stray_quote_at":[2,3],"total":4,"content_hash":"hash","quarantine":"encoding",' +
    '"quarantine_detail":"line 5","queued_at":"queued","parsed_at":"parsed","places":[[0,2,3]],"rejects":[{"line":4,"last_line":5,' +
    '"col":"price","code":"invalid_decimal","expected":"a number","raw":"raw"}]}\n' +
    '00000000-0000-4000-8000-000000000001,view,p,u,2026-01-01 00:00:00,2,1.50\n',
};

describe('the form of a staged chunk', () => {
  const payload = encodeChunk(
    { fileNo: fileNo.parse(7), contractNo: contractNo.parse(3) },
    chunk,
    times,
  )('staged');

  it('has a number of its own: raise CHUNK_VERSION when a payload changes', () => {
    expect(payload).toBe(FORMS[CHUNK_VERSION]);
    expect(Object.keys(FORMS).map(Number)).toEqual(Array.from({ length: CHUNK_VERSION }, (_, i) => i + 1));
  });

  it('is told from an older and from a newer one; without a mark it counts as older', () => {
    for (const [form, text] of Object.entries(FORMS))
      expect(formOf(text)).toBe(Number(form) === CHUNK_VERSION ? 'own' : 'older');
    expect(formOf(payload.replace(/"v":\d+/, `"v":${CHUNK_VERSION + 1}`))).toBe('newer');
    for (const text of ['', 'garbage', '{}', '{"file_no":1}', '{"v":"1"}', '{"v":0,']) {
      expect(formOf(text)).toBe('older');
    }
  });

  it('keeps all that it holds when rows of it become rejects', () => {
    const parts = (text: string) => [
      JSON.parse(text.slice(0, text.indexOf('\n'))),
      text.slice(text.indexOf('\n')),
    ];
    expect(parts(refuseRows(payload, [], events))).toEqual(parts(payload));
  });
});
