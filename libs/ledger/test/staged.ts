import {
  type Chunk,
  DEFAULT_RULES,
  events,
  type FileNo,
  type ParsedRow,
  Rows,
  recordsOf,
  type Token,
} from '@sluice/core';
import { expect } from 'vitest';
import { encodeChunk, findVersions, registerVersions, type Sql } from '../src/index.ts';

const RULES = { ...DEFAULT_RULES, chunkRows: 2 };

/** Registers a file version, whose chunks have two rows. */
export async function registered(sql: Sql, name: string, content = 'token'): Promise<FileNo> {
  const token = `1-${name}-${content}` as Token;
  const now = new Date();
  await registerVersions(
    sql,
    [{ name, token, changedAt: null, landedAt: now, stableAt: now, same: null }],
    RULES,
  );
  const [version] = await findVersions(sql, [{ name, token }]);
  if (version === undefined) throw new Error('not registered');
  return version.fileNo;
}

let line = 1;
/** A row on the next line. */
export function row(event_id: string = crypto.randomUUID(), event_type = 'view'): ParsedRow {
  line += 1;
  const event_timestamp = '2026-01-01 00:00:00';
  return {
    sluice_line: line,
    event_id,
    event_type,
    product_id: 'p',
    user_id: 'u',
    event_timestamp,
    quantity: null,
    price: '1.00',
  };
}

/** A staged chunk. */
export function payload(
  no: FileNo,
  firstLine: number,
  rows: readonly ParsedRow[],
  total: number | null,
  rejects: Chunk['rejects'] = [],
  strayQuotes: Chunk['strayQuotes'] = null,
): string {
  const eof = total === null ? null : { total, contentHash: 'hash', quarantine: null };
  const chunk: Chunk = {
    firstLine,
    lastLine: firstLine + rows.length + rejects.length - 1,
    rows: Rows.of(events, rows),
    rejects,
    header: null,
    strayQuotes,
    eof,
  };
  expect(recordsOf(chunk)).toBe(rows.length + rejects.length);
  const now = new Date().toISOString();
  return encodeChunk({ fileNo: no, contractNo: null }, chunk, { queuedAt: now, parsedAt: now })(now);
}
