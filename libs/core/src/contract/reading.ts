import { utcTimestamp } from '../timestamp.ts';
import type { Field, Value } from './contract.ts';
import type { RejectCode } from './reject.ts';

/** The answer for a text that is not a valid value of its field. */
export interface Refused {
  readonly code: RejectCode;
}

/** Reads the text of one field. */
type Reader = (text: string) => Value | Refused;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const INVALID_UUID: Refused = { code: 'invalid_uuid' };
const INVALID_TIMESTAMP: Refused = { code: 'invalid_timestamp' };
const INVALID_INTEGER: Refused = { code: 'invalid_integer' };
const INVALID_DECIMAL: Refused = { code: 'invalid_decimal' };
const TOO_LONG: Refused = { code: 'value_too_long' };
const NUL: Refused = { code: 'nul_character' };
const LONE_SURROGATE: Refused = { code: 'lone_surrogate' };

/**
 * Compiles the reader of a field.
 *
 * @param timeZone IANA name of the zone for times without an offset
 */
export function readerOf(field: Field, timeZone: string): Reader {
  const none = field.constraints.required ? { code: codeIn(field, 'missing_value') } : null;
  const isMissing = missingIn(field);
  const read = ofType(field, timeZone);
  return (text) => (isMissing(text) ? none : read(text));
}

/** The name that this field gives to a reject code. */
export function codeIn({ codes }: Pick<Field, 'codes'>, code: RejectCode): RejectCode {
  return codes?.[code] ?? code;
}

function missingIn(field: Field): (text: string) => boolean {
  const { missingValues = [''], missingAnyCase, missingBlank } = field;
  const words = new Set(missingAnyCase ? missingValues.map((word) => word.toLowerCase()) : missingValues);
  const longest = Math.max(0, ...[...words].map(({ length }) => length));
  const isWord = (text: string) =>
    text.length <= longest && words.has(missingAnyCase ? text.toLowerCase() : text);
  return missingBlank ? (text) => text.trim() === '' || isWord(text) : isWord;
}

const MAX_BIGINT = 9_223_372_036_854_775_807n;

function ofType(field: Field, timeZone: string): Reader {
  switch (field.type) {
    case 'string':
      return field.format === 'uuid' ? uuid : text(field.constraints.maxLength ?? Number.POSITIVE_INFINITY);
    case 'integer':
      return integer(Number(field.constraints.maximum ?? MAX_BIGINT));
    case 'number':
      return decimal(...(field.digits ?? [131_072, 16_383]));
    case 'boolean':
      return (value) => (value === 'true' ? true : value === 'false' ? false : { code: 'invalid_boolean' });
    case 'date':
      return (value) => (/^\d{4}-\d{2}-\d{2}$/.test(value) ? value : { code: 'invalid_date' });
    case 'datetime':
      return (value) => utcTimestamp(value, field.timezone ?? timeZone) ?? INVALID_TIMESTAMP;
  }
}

/** Accepts any UUID that PostgreSQL stores, and gives it in PostgreSQL's own spelling. */
function uuid(text: string): string | Refused {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? lower : INVALID_UUID;
}

/** VARCHAR(n) counts code points and silently cuts spaces beyond n, hence the limit here. Spaces are kept. */
function text(limit: number): Reader {
  return (value) => {
    if (value.includes('\0')) return NUL;
    if (!value.isWellFormed()) return LONE_SURROGATE;
    return value.length <= limit || [...value].length <= limit ? value : TOO_LONG;
  };
}

function integer(maximum: number): Reader {
  const form = new RegExp(`^\\d{1,${String(maximum).length}}$`);
  return (value) => (form.test(value) && Number(value) <= maximum ? Number(value) : INVALID_INTEGER);
}

function decimal(before: number, behind: number): Reader {
  const form = new RegExp(`^\\d{1,${before}}(\\.\\d{1,${behind}})?$`);
  return (value) => (form.test(value) ? value : INVALID_DECIMAL);
}
