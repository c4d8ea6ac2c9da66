import type { EventColumn } from './event.ts';

/** Why a record cannot be a row, and what would have been accepted instead. */
export const REJECT_CODES = {
  null_event_id: 'an event_id: a UUID in 8-4-4-4-12 hexadecimal digits',
  invalid_uuid: 'a UUID in 8-4-4-4-12 hexadecimal digits',
  missing_value: 'a value that is not empty',
  value_too_long: 'at most 50 characters in event_type, 100 in product_id and user_id',
  nul_character: 'text without the NUL character',
  lone_surrogate: 'text without half a surrogate pair',
  invalid_timestamp: 'YYYY-MM-DD HH:MM:SS, or ISO 8601 with T, a fraction to microseconds, Z or an offset',
  invalid_integer: 'decimal digits, 0 to 2147483647, or nothing',
  invalid_decimal: 'decimal digits, at most 8 before and 2 after the point, or nothing',
  field_count: 'as many fields as the header names',
  refused_by_database: 'a row that PostgreSQL takes',
  broken_quote: 'quotes as RFC 4180 has them: around a whole field, doubled inside it, closed within 1 MiB',
} as const;

export type RejectCode = keyof typeof REJECT_CODES;

/** A record that cannot be a row (I7), as the ledger keeps it. */
export interface Reject {
  /** Line of the file on which the record begins, counted from 1. */
  readonly line: number;
  /** Line on which it ends. */
  readonly last_line: number;
  readonly col: EventColumn | null;
  readonly code: RejectCode;
  readonly expected: string;
  /** The record as it stood in the file, at most 4 KiB of UTF-8, NUL shown as U+2400. */
  readonly raw: string;
}

const RAW_BYTES = 4096;
const ENCODER = new TextEncoder();

/** Makes a reject of a record; `raw` is cut so that one bad record stays small (I8, I9). */
export function reject(
  { line, lastLine, raw }: { readonly line: number; readonly lastLine: number; readonly raw: string },
  col: EventColumn | null,
  code: RejectCode,
): Reject {
  return { line, last_line: lastLine, col, code, expected: REJECT_CODES[code], raw: storable(raw) };
}

/** PostgreSQL's text takes neither NUL nor half of a surrogate pair, which a cut could leave. */
function storable(raw: string): string {
  const text = raw
    .replace(/\r?\n$/, '')
    .slice(0, RAW_BYTES)
    .toWellFormed()
    .replaceAll('\0', '\u2400');
  if (text.length * 3 <= RAW_BYTES) return text;
  const { read } = ENCODER.encodeInto(text, new Uint8Array(RAW_BYTES));
  return text.slice(0, read);
}
