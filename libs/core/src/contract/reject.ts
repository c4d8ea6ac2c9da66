import { LEVELS_AT_MOST } from '../json-members.ts';
import { type Contract, columnsOf, type Field } from './contract.ts';
import { expectedOf } from './expected.ts';

/** What would have been accepted, by the codes that are not of one field. */
export const GENERAL = {
  field_count: 'as many fields as the header names',
  refused_by_database: 'a row that PostgreSQL takes',
  missing_parent: 'a row whose parent, which a foreign key names, is in its table',
  invalid_json: 'one JSON object on each line, and nothing else',
  not_an_object: 'a JSON object, such as {"id": 1}',
  duplicate_key: 'each key once',
  unknown_key: 'keys of the feed alone, which allows no others',
  missing_key: 'each key of the feed, with null where there is no value',
  invalid_text: 'a text, in quotes',
  too_deep: `at most ${LEVELS_AT_MOST} objects and arrays in one another`,
  broken_quote: 'quotes as RFC 4180 has them: around a whole field, doubled inside it, closed within 1 MiB',
} as const;

/** Why a record cannot be a row. A field can have names of its own for the codes of its type. */
export type RejectCode = string;

/** The codes that fields of a contract can have. */
const OF_FIELDS = [
  ...['missing_value', 'masked_value', 'invalid_uuid', 'invalid_email', 'value_too_short', 'value_too_long'],
  ...['nul_character', 'lone_surrogate', 'pattern_mismatch', 'invalid_timestamp', 'invalid_date'],
  ...['invalid_boolean', 'invalid_integer', 'invalid_decimal', 'out_of_range', 'not_allowed'],
  ...['invalid_object', 'invalid_array'],
];

/** All codes, as they are where a field has no name of its own for one. */
export const REJECT_CODES: readonly RejectCode[] = [...OF_FIELDS, ...Object.keys(GENERAL)];

/** What would have been accepted instead, by code. */
export type RejectTexts = Readonly<Partial<Record<RejectCode, string>>> & typeof GENERAL;

/** The texts of a contract's rejects, by every code that a record of it can have. A text that is not of all fields names its own. */
export function rejectTexts(contract: Contract): RejectTexts {
  const byCode = new Map<RejectCode, Map<string, Field[]>>();
  for (const field of contract.fields) {
    for (const [code, text] of expectedOf(field)) {
      const texts = byCode.get(code) ?? new Map<string, Field[]>();
      byCode.set(code, texts.set(text, [...(texts.get(text) ?? []), field]));
    }
  }
  const texts = [...byCode].map(([code, own]) => [code, inFields(own)] as const);
  return { ...Object.fromEntries(texts), ...GENERAL };
}

function inFields(texts: ReadonlyMap<string, readonly Field[]>): string {
  return [...texts].map(([text, own]) => (texts.size === 1 ? text : `${text} in ${named(own)}`)).join('; ');
}

function named(fields: readonly Field[]): string {
  const names = columnsOf({ fields });
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ');
}

/** A record that cannot be a row (I7), as the ledger keeps it. */
export interface Reject {
  /** Line of the file on which the record begins, counted from 1. */
  readonly line: number;
  /** Line on which it ends. */
  readonly last_line: number;
  /** The field that caused the reject; null when no single field did. */
  readonly col: string | null;
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
  col: string | null,
  code: RejectCode,
  expected: string,
): Reject {
  return { line, last_line: lastLine, col, code, expected, raw: storable(raw) };
}

/** PostgreSQL's text type takes neither NUL nor half a surrogate pair, and cutting the text could leave such a half. */
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
