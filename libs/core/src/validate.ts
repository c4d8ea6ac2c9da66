import { z } from 'zod';
import type { CsvRecord } from './csv-reader.ts';
import { EVENT_COLUMNS, type Event, type EventColumn } from './event.ts';
import type { Columns } from './header.ts';
import { REJECT_CODES, type Reject, type RejectCode, reject } from './reject.ts';
import { utcTimestamp } from './timestamp.ts';

/** An issue's message is the reject code, so that one table of codes serves schema, ledger and docs. */
const code = (name: RejectCode): RejectCode => name;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Any UUID that PostgreSQL stores; lower case is the one spelling, so that deduplication sees equal ids as equal. */
const eventId = z
  .string()
  .refine((text) => !/^(null|\s*)$/i.test(text), {
    error: code('null_event_id'),
    abort: true,
  })
  .transform((text) => text.toLowerCase())
  .refine((text) => UUID.test(text), code('invalid_uuid'));

/** VARCHAR(n) counts code points and silently cuts spaces beyond n, hence the limit here. Spaces are kept. */
const text = (limit: number) =>
  z
    .string()
    .refine((value) => value.trim() !== '', { error: code('missing_value'), abort: true })
    .refine((value) => !value.includes('\0'), { error: code('nul_character'), abort: true })
    .refine((value) => value.isWellFormed(), { error: code('lone_surrogate'), abort: true })
    .refine((value) => value.length <= limit || [...value].length <= limit, code('value_too_long'));

const timestamp = (timeZone: string) =>
  z.string().transform((value, context) => {
    const utc = value === '' ? undefined : utcTimestamp(value, timeZone);
    if (utc !== undefined) return utc;
    context.addIssue(value === '' ? code('missing_value') : code('invalid_timestamp'));
    return z.NEVER;
  });

const INT_MAX = 2_147_483_647;

const quantity = z.string().transform((value, context) => {
  if (value === '') return null;
  if (/^\d{1,10}$/.test(value) && Number(value) <= INT_MAX) return Number(value);
  context.addIssue(code('invalid_integer'));
  return z.NEVER;
});

const price = z.string().transform((value, context) => {
  if (value === '' || /^\d{1,8}(\.\d{1,2})?$/.test(value)) return value === '' ? null : value;
  context.addIssue(code('invalid_decimal'));
  return z.NEVER;
});

const schemaOf = (timeZone: string) =>
  z.object({
    event_id: eventId,
    event_type: text(50),
    product_id: text(100),
    user_id: text(100),
    event_timestamp: timestamp(timeZone),
    quantity,
    price,
  }) satisfies z.ZodType<Event>;

/** Schemas by time zone: making one costs more than many records. */
const schemas = new Map<string, ReturnType<typeof schemaOf>>();

function eventSchema(timeZone: string): ReturnType<typeof schemaOf> {
  const known = schemas.get(timeZone) ?? schemaOf(timeZone);
  schemas.set(timeZone, known);
  return known;
}

export type Validated = { readonly event: Event } | { readonly reject: Reject };

/**
 * Turns one record into an event or into a reject (I7): never into both, never into neither.
 *
 * @param timeZone IANA name of the zone that a time without an offset is of
 */
export function validate(
  record: Pick<CsvRecord, 'line' | 'lastLine' | 'fields' | 'raw' | 'broken'>,
  columns: Columns,
  timeZone: string,
): Validated {
  const refuse = (column: EventColumn | null, why: RejectCode): Validated => ({
    reject: reject(record, column, why),
  });
  if (record.broken) return refuse(null, 'broken_quote');
  if (record.fields.length !== columns.width) return refuse(null, 'field_count');
  const values: Record<string, string | undefined> = {};
  for (const column of EVENT_COLUMNS) values[column] = record.fields[columns.at[column]];
  const result = eventSchema(timeZone).safeParse(values);
  if (result.success) return { event: result.data };
  const issue = result.error.issues[0];
  const column = EVENT_COLUMNS.find((name) => name === issue?.path[0]) ?? null;
  return refuse(column, isRejectCode(issue?.message) ? issue.message : 'field_count');
}

function isRejectCode(message: string | undefined): message is RejectCode {
  return message !== undefined && message in REJECT_CODES;
}
