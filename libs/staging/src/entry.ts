import type { Logger } from '@sluice/process';
import { z } from 'zod';

/** The result of reading an entry of Redis. `why` names fields and never values (I10). */
export type Entry<T> =
  | { readonly outcome: 'read'; readonly value: T }
  | { readonly outcome: 'unreadable'; readonly why: string };

/** Reads a value that another program may have written. */
export function readValue<S extends z.ZodType>(schema: S, value: unknown): Entry<z.output<S>> {
  const read = schema.safeParse(value);
  if (read.success) return { outcome: 'read', value: read.data };
  const [issue] = read.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  return { outcome: 'unreadable', why: `${where}${issue?.message ?? 'it has another form'}` };
}

/** Reads a JSON text that another program may have written. */
export function readJson<S extends z.ZodType>(schema: S, text: string): Entry<z.output<S>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { outcome: 'unreadable', why: 'it is no JSON' }; // the message of JSON.parse quotes the text
  }
  return readValue(schema, value);
}

/** A moment in ms since 1970 that a Date can hold. */
export const moment = z.number().min(0).max(8.64e15);

/** A whole number that Redis keeps as text; `otherwise` when the text is not one. */
export function readCount<T>(text: string | null | undefined, otherwise: T): number | T {
  if (text === null || text === undefined) return otherwise;
  const read = z.coerce.number().int().min(0).max(8.64e15).safeParse(text);
  return read.success && text.trim() !== '' ? read.data : otherwise;
}

/** How many reported entries are remembered. */
const TOLD_AT_MOST = 1_000;
const told = new Set<string>();

/** Logs once per process that an entry cannot be read: its place and the reason, never its content (I10). */
export function tellUnreadable(log: Logger, key: string, entry: string, why: string, what: string): void {
  const about = { key, entry: entry.slice(0, 200), why };
  const id = JSON.stringify(about);
  if (told.has(id)) return;
  if (told.size >= TOLD_AT_MOST) told.clear();
  told.add(id);
  log.warn(about, `an entry of Redis cannot be read: ${what}`);
}
