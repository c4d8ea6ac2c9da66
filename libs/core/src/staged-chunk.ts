import { z } from 'zod';
import { type EventRow, formOf } from './chunk.ts';
import { EVENT_COLUMNS } from './event.ts';
import { type Reject, reject } from './reject.ts';

const stagedChunk = z.looseObject({
  rows: z.array(
    z.object({
      line: z.number(),
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
  rejects: z.array(z.custom<Reject>()),
});

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
    ...reject(row.line, col, 'refused_by_database', raw),
    expected: `a row that PostgreSQL takes: ${by}`,
  };
}

function field(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
