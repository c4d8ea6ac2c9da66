import { z } from 'zod';
import { sureTimestamp, utcTimestamp } from '../timestamp.ts';
import { constrained } from './constraints.ts';
import type { Field, Value } from './contract.ts';
import { isoBy, sureIsoBy } from './date-format.ts';
import { DEFAULT_DATE, expectedOf, FALSE_VALUES, formCodeOf, TRUE_VALUES } from './expected.ts';
import { nestedFault } from './nested.ts';
import { integerReader, numberReader } from './numbers.ts';
import { GENERAL, type RejectCode } from './reject.ts';

/** The answer for a text that is not a valid value of its field. */
export interface Refused {
  readonly code: RejectCode;
  readonly expected: string;
}

/** Reads the text of one field; undefined when the file has no such column. */
export type Reader = (text: string | undefined) => Value | Refused;

/** Stands in a reject for a sensitive value. */
export const MASKED = '[masked]';

/** Gives the answer for a code of the field, by the field's own name for it. */
type Refusing = (code: RejectCode) => Refused;

/**
 * Compiles the reader of a field.
 *
 * @param timeZone IANA name of the zone for times without an offset
 */
export function readerOf(field: Field, timeZone: string): Reader {
  const expected = expectedOf(field);
  const refuse = (code: RejectCode) => {
    const own = field.codes?.[code] ?? code;
    return { code: own, expected: expected.get(own) ?? '' };
  };
  const none = field.constraints.required ? refuse('missing_value') : null;
  const isMissing = missingIn(field);
  const read = constrained(field, ofType(field, timeZone, refuse), refuse);
  if (field.sensitive) {
    const masked = refuse('masked_value');
    return (text) => (text === undefined || isMissing(text) ? none : text === MASKED ? masked : read(text));
  }
  if (isMissing === isEmpty) return (text) => (text === undefined || text === '' ? none : read(text));
  return (text) => (text === undefined || isMissing(text) ? none : read(text));
}

/** The answer for a value of a kind that the field does not take, such as a number of JSON for a text. */
export function refusalOf(field: Field): Refused {
  const code = formCodeOf(field);
  const own = field.codes?.[code] ?? code;
  return { code: own, expected: expectedOf(field).get(own) ?? field.expected ?? GENERAL.invalid_text };
}

export function isRefused(value: Value | Refused): value is Refused {
  return typeof value === 'object' && value !== null;
}

function isEmpty(text: string): boolean {
  return text === '';
}

/** A text that begins with a letter or digit of ASCII is looked at no further. */
function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  return !(first > 0x20 && first < 0x7f) && text.trim() === '';
}

function missingIn(field: Field): (text: string) => boolean {
  const { missingValues = [''], missingAnyCase, missingBlank } = field;
  const words = new Set(missingAnyCase ? missingValues.map((word) => word.toLowerCase()) : missingValues);
  if (words.size === 1 && words.has('')) return missingBlank ? isBlank : isEmpty;
  const longest = Math.max(0, ...[...words].map(({ length }) => length));
  const isWord = (text: string) =>
    text.length <= longest && words.has(missingAnyCase ? text.toLowerCase() : text);
  return missingBlank ? (text) => isWord(text) || isBlank(text) : isWord;
}

function ofType(field: Field, timeZone: string, refuse: Refusing): (text: string) => Value | Refused {
  switch (field.type) {
    case 'string':
      if (field.format === undefined) return text(field, refuse);
      return field.format === 'uuid' ? uuid(refuse('invalid_uuid')) : email(refuse('invalid_email'));
    case 'integer':
      return orRefused(integerReader(field), refuse('invalid_integer'));
    case 'number':
      return orRefused(numberReader(field), refuse('invalid_decimal'));
    case 'boolean':
      return boolean(field, refuse('invalid_boolean'));
    case 'date':
      return orRefused(date(field.format ?? DEFAULT_DATE), refuse('invalid_date'));
    case 'object':
    case 'array':
      return (given) => {
        const fault = nestedFault(field, given);
        return fault === undefined ? given : refuse(fault);
      };
    case 'datetime':
      return orRefused(
        datetime(field.format ?? 'sluice', field.timezone ?? timeZone),
        refuse('invalid_timestamp'),
      );
  }
}

function orRefused<T extends Value>(read: (text: string) => T | undefined, invalid: Refused) {
  return (given: string) => read(given) ?? invalid;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Accepts any UUID that PostgreSQL stores, and gives it in PostgreSQL's own spelling. */
function uuid(invalid: Refused): (text: string) => string | Refused {
  return (given) => {
    const lower = given.toLowerCase();
    return UUID.test(lower) ? lower : invalid;
  };
}

function email(invalid: Refused): (text: string) => string | Refused {
  return (given) => (given.length <= 320 && z.regexes.unicodeEmail.test(given) ? given : invalid);
}

/** VARCHAR(n) counts code points and silently cuts spaces beyond n, hence the limit here. Spaces are kept. */
function text(field: Field, refuse: Refusing): (text: string) => string | Refused {
  const limit = field.constraints.maxLength ?? Number.POSITIVE_INFINITY;
  const [nul, loneSurrogate, tooLong] = [
    refuse('nul_character'),
    refuse('lone_surrogate'),
    refuse('value_too_long'),
  ];
  return (given) => {
    if (given.includes('\0')) return nul;
    if (!given.isWellFormed()) return loneSurrogate;
    return given.length <= limit || [...given].length <= limit ? given : tooLong;
  };
}

function boolean(
  { trueValues = TRUE_VALUES, falseValues = FALSE_VALUES }: Extract<Field, { readonly type: 'boolean' }>,
  invalid: Refused,
): (text: string) => boolean | Refused {
  const values = new Map([
    ...trueValues.map((value) => [value, true] as const),
    ...falseValues.map((value) => [value, false] as const),
  ]);
  return (given) => values.get(given) ?? invalid;
}

function date(format: string): (text: string) => string | undefined {
  const [sure, iso] = [sureIsoBy(format, false), isoBy(format)];
  return (given) => {
    const day = sure(given);
    if (day !== undefined) return day;
    const found = iso(given);
    return found === undefined ? undefined : utcTimestamp(found, 'UTC')?.slice(0, 10);
  };
}

function datetime(format: string, zone: string): (text: string) => string | undefined {
  if (format === 'sluice') return (given) => utcTimestamp(given, zone);
  const [sure, iso] = [sureIsoBy(format, true), isoBy(format)];
  return (given) => {
    const time = sure(given);
    const utc = time && sureTimestamp(time, zone);
    if (utc !== undefined) return utc;
    const found = iso(given);
    return found === undefined ? undefined : utcTimestamp(found, zone);
  };
}
