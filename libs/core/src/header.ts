import type { CsvRecord } from './csv-reader.ts';
import { EVENT_COLUMNS, type EventColumn } from './event.ts';
import type { Quarantine } from './quarantine.ts';

/** Where each column stands in a record, and how many fields a record has. */
export interface Columns {
  readonly at: Readonly<Record<EventColumn, number>>;
  readonly width: number;
}

/** Finds the columns by name: trimmed, in any case and order; other columns are allowed and left alone. */
export function readHeader({ fields, raw }: Pick<CsvRecord, 'fields' | 'raw'>): Columns | Quarantine {
  if (raw.includes('\0')) {
    return { reason: 'binary', detail: 'a NUL in the header line: no text, or UTF-16 without its mark' };
  }
  const names = fields.map((field) => field.trim().toLowerCase());
  const missing = EVENT_COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) return { reason: 'header_missing_column', detail: missing.join(', ') };
  const double = EVENT_COLUMNS.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (double.length > 0) return { reason: 'header_duplicate_column', detail: double.join(', ') };
  const at = Object.fromEntries(EVENT_COLUMNS.map((column) => [column, names.indexOf(column)]));
  return { at: at as Record<EventColumn, number>, width: fields.length };
}
