import type { After } from '@sluice/ledger';
import { Refusal } from './refusal.ts';

/** The first `size` results, and where the next page begins if there are more. */
export function pageOf<T>(
  found: readonly T[],
  size: number,
  cursorOf: (last: T) => string,
): { readonly page: readonly T[]; readonly cursor: string | null } {
  const page = found.slice(0, size);
  const last = page.at(-1);
  return { page, cursor: found.length > size && last !== undefined ? cursorOf(last) : null };
}

/** Parses a cursor that is a number. */
export function numberOf(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new Refusal(400, 'bad_request', 'the cursor is not one of this list');
}

/** Parses a cursor that is a file number and a line. */
export function placeOf(cursor: string | undefined): After | null {
  if (cursor === undefined) return null;
  const [, fileNo, line] = /^(\d{1,15})-(\d{1,15})$/.exec(cursor) ?? [];
  if (fileNo === undefined) throw new Refusal(400, 'bad_request', 'the cursor is not one of this list');
  return [Number(fileNo), Number(line)];
}
