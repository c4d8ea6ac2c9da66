import { z } from 'zod';
import { type ChunkRef, type EventRow, formOf } from './chunk.ts';
import { EVENT_COLUMNS } from './event.ts';
import { type Reject, reject } from './reject.ts';

const count = z.number().int().nonnegative();
const text = z.string().nullable();

/** What {@link encodeChunk} writes. Fields that are added there need not be named here to be kept. */
const stagedChunk = z.looseObject({
  file_no: count,
  first_line: count,
  last_line: count,
  records: count,
  columns_at: z.array(count).nullable(),
  columns: count.nullable(),
  stray_quotes: count,
  stray_quote_at: z.array(count).nullable(),
  total: count.nullable(),
  content_hash: text,
  quarantine: text,
  quarantine_detail: text,
  queued_at: z.string(),
  parsed_at: z.string(),
  staged_at: z.string(),
  rows: z.array(
    z.looseObject({
      line: count,
      last_line: count.optional(),
      event_id: z.string(),
      event_type: z.string(),
      product_id: z.string(),
      user_id: z.string(),
      event_timestamp: z.string(),
      quantity: z.number().nullable(),
      price: z.string().nullable(),
      again: z.literal(true).optional(),
    }),
  ),
  rejects: z.array(
    z.looseObject({
      line: count,
      last_line: count,
      col: text,
      code: z.string(),
      expected: z.string(),
      raw: z.string(),
    }),
  ),
});

/** Says whether a payload of this program's form is the chunk that it is staged as: somebody else may have written it. */
export function isStagedChunk(payload: string, { fileNo, firstLine }: ChunkRef): boolean {
  const read = stagedChunk.safeParse(parsed(payload));
  if (!read.success) return false;
  const { file_no, first_line, records, rows, rejects } = read.data;
  return file_no === fileNo && first_line === firstLine && records === rows.length + rejects.length;
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined; // no chunk: what JSON.parse says quotes the payload
  }
}

/** A row that PostgreSQL refused for its data, by its place among the rows of its chunk. */
export interface Refused {
  readonly index: number;
  readonly sqlstate: string;
  readonly constraint: string | null;
  readonly column: string | null;
}

/** The rows of a staged payload. */
export function rowsOf(payload: string): EventRow[] {
  return stagedChunk.parse(JSON.parse(payload)).rows;
}

/** Makes rejects of refused rows of a staged payload. Everything else about the chunk stays as it is. */
export function refuseRows(payload: string, refused: readonly Refused[]): string {
  if (formOf(payload) !== 'own') throw new Error('a payload of another version');
  const chunk = stagedChunk.parse(JSON.parse(payload));
  const why = new Map(refused.map((refusal) => [refusal.index, refusal]));
  const rejects = chunk.rows.flatMap((row, index) => {
    const refusal = why.get(index);
    return refusal === undefined ? [] : [rejectOf(row, refusal)];
  });
  const rows = repeated(chunk.rows.filter((_, index) => !why.has(index)));
  return JSON.stringify({ ...chunk, rows, rejects: [...chunk.rejects, ...rejects] });
}

/** Says anew which ids stood earlier: the one that did may have been refused. */
function repeated(rows: readonly EventRow[]): EventRow[] {
  const ids = new Set<string>();
  return rows.map(({ again: _, ...row }) => {
    const again = ids.has(row.event_id);
    ids.add(row.event_id);
    return again ? { ...row, again } : row;
  });
}

/** Its raw record is written anew from its values: the line of the file is not at hand any more. */
function rejectOf(row: EventRow, { sqlstate, constraint, column }: Refused): Reject {
  const raw = EVENT_COLUMNS.map((name) => field(row[name])).join(',');
  const col = EVENT_COLUMNS.find((name) => name === column) ?? null;
  const by = constraint === null ? `SQLSTATE ${sqlstate}` : `SQLSTATE ${sqlstate}, constraint ${constraint}`;
  return {
    ...reject({ line: row.line, lastLine: row.last_line ?? row.line, raw }, col, 'refused_by_database'),
    expected: `a row that PostgreSQL takes: ${by}`,
  };
}

function field(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
