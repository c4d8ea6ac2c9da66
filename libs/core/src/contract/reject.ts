import type { Contract, Field } from './contract.ts';

const UUID = 'a UUID in 8-4-4-4-12 hexadecimal digits';

/** What would have been accepted, by code. A text that depends on the contract is a function of it. */
const EXPECTED = {
  null_event_id: ({ fields }: Contract) =>
    inFields(
      fields.filter(({ codes }) => codes?.missing_value === 'null_event_id'),
      ({ name }) => `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}: ${UUID}`,
    ),
  invalid_uuid: UUID,
  missing_value: 'a value that is not empty',
  value_too_long: ({ fields }: Contract) => {
    const limited = of(fields, 'string').filter(({ constraints }) => constraints.maxLength !== undefined);
    const byLimit = Map.groupBy(limited, ({ constraints }) => constraints.maxLength);
    const limits = [...byLimit].map(
      ([limit, own], i) => `${limit}${i === 0 ? ' characters' : ''} in ${named(own)}`,
    );
    return `at most ${limits.join(', ')}`;
  },
  nul_character: 'text without the NUL character',
  lone_surrogate: 'text without half a surrogate pair',
  invalid_timestamp: 'YYYY-MM-DD HH:MM:SS, or ISO 8601 with T, a fraction to microseconds, Z or an offset',
  invalid_integer: ({ fields }: Contract) =>
    inFields(
      of(fields, 'integer'),
      ({ constraints }) => `decimal digits, 0 to ${constraints.maximum}${orNothing(constraints.required)}`,
    ),
  invalid_boolean: 'true or false',
  invalid_date: 'YYYY-MM-DD',
  invalid_decimal: ({ fields }: Contract) =>
    inFields(
      of(fields, 'number'),
      ({ digits: [before, behind] = [131_072, 16_383], constraints }) =>
        `decimal digits, at most ${before} before and ${behind} after the point${orNothing(constraints.required)}`,
    ),
  field_count: 'as many fields as the header names',
  refused_by_database: 'a row that PostgreSQL takes',
  broken_quote: 'quotes as RFC 4180 has them: around a whole field, doubled inside it, closed within 1 MiB',
} as const;

/** Why a record cannot be a row: one of {@link REJECT_CODES}, or a name that a field of the contract gives to one. */
export type RejectCode = string;

export const REJECT_CODES: readonly string[] = Object.keys(EXPECTED);

/** What would have been accepted instead, by code. */
export type RejectTexts = Readonly<Partial<Record<RejectCode, string>>>;

/** The texts of a contract's rejects. */
export function rejectTexts(contract: Contract): RejectTexts {
  const texts = Object.entries(EXPECTED).map(([code, text]) => [
    code,
    typeof text === 'string' ? text : text(contract),
  ]);
  return Object.fromEntries(texts);
}

function of<T extends Field['type']>(fields: readonly Field[], type: T) {
  return fields.filter((field): field is Extract<Field, { readonly type: T }> => field.type === type);
}

/** What `say` returns for these fields. If it is not the same for all of them, each text names its fields. */
function inFields<F extends Field>(fields: readonly F[], say: (field: F) => string): string {
  const said = [...Map.groupBy(fields, say)];
  return said.map(([text, own]) => (said.length === 1 ? text : `${text} in ${named(own)}`)).join('; ');
}

function named(fields: readonly Field[]): string {
  const names = fields.map(({ name }) => name);
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ');
}

function orNothing(required: true | undefined): string {
  return required ? '' : ', or nothing';
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
