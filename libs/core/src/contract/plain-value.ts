import { ISO_DAY, ISO_TIME } from './calendar.ts';
import type { Field } from './contract.ts';
import { copyValues } from './copy-line.ts';
import { DEFAULT_DATE, FALSE_VALUES, TRUE_VALUES } from './expected.ts';
import { plainInteger, plainNumber } from './plain-number.ts';
import { isRefused, readerOf } from './reading.ts';

/** What the form of a value depends on besides its field. */
export interface Way {
  readonly timeZone: string;
  readonly quoteChar: string | null;
  readonly nullText: string;
}

/**
 * The form of the texts of a field that its reader accepts, and whose value is written for COPY with the same text. It may leave out
 * some of them. Undefined when there is no simple form.
 */
export function plainValue(field: Field, way: Way): string | undefined {
  const { constraints, sensitive, value } = field;
  if (sensitive || value !== undefined || constraints.pattern !== undefined) return undefined;
  const form = constraints.enum === undefined ? ofType(field, way) : among(constraints.enum, field, way);
  const words = form && wordsIn(field, form);
  if (form === undefined || words === undefined) return undefined;
  const isNull = !constraints.required && way.nullText === '' && isMissing('', field);
  return `${words}${isNull ? `(?:${form})?` : form}`;
}

function ofType(field: Field, way: Way): string | undefined {
  const { minimum, maximum, minLength } = field.constraints;
  if (field.type === 'string' && field.format === undefined) return text(field, way);
  if (minLength !== undefined) return undefined;
  switch (field.type) {
    case 'string':
      return field.format === 'uuid' ? UUID : undefined;
    case 'integer':
      return plainInteger(field);
    case 'number':
      return plainNumber(field);
    case 'boolean': {
      const { trueValues = TRUE_VALUES, falseValues = FALSE_VALUES } = field;
      return among([...trueValues, ...falseValues], field, way);
    }
    case 'date':
      if (minimum !== undefined || maximum !== undefined) return undefined;
      return (field.format ?? DEFAULT_DATE) === DEFAULT_DATE ? ISO_DAY : undefined;
    case 'object':
    case 'array':
      return undefined;
    case 'datetime':
      if (minimum !== undefined || maximum !== undefined) return undefined;
      if ((field.format ?? 'sluice') !== 'sluice' || (field.timezone ?? way.timeZone) !== 'UTC')
        return undefined;
      return ISO_TIME;
  }
}

/** PostgreSQL's own spelling. Written without counters, which are slow. */
const UUID = [8, 4, 4, 4, 12].map((digits) => '[0-9a-f]'.repeat(digits)).join('-');

/** Half a surrogate pair is not valid, and a whole one counts as one character: such texts are left to the reader. */
const NEVER = ',\\n\\r\\0\\\\\\ud800-\\udfff';

function text(field: Field, { quoteChar }: Way): string | undefined {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = field.constraints;
  const never = NEVER + (quoteChar === null ? '' : RegExp.escape(quoteChar));
  const least = Math.max(isMissing('', field) ? 1 : 0, minLength);
  if (maxLength < least) return undefined;
  if (!field.missingBlank) return `[^${never}]${times(least, maxLength)}`;
  // A text whose first character is no space is not blank.
  return `[^\\s${never}][^${never}]${times(least - 1, maxLength - 1)}`;
}

function times(least: number, most: number): string {
  return `{${least},${most === Number.POSITIVE_INFINITY ? '' : most}}`;
}

/** Those of these texts that are their own values. */
function among(
  texts: readonly string[],
  field: Field,
  { timeZone, quoteChar, nullText }: Way,
): string | undefined {
  const read = readerOf(field, timeZone);
  const never = new RegExp(`[${NEVER}${quoteChar === null ? '' : RegExp.escape(quoteChar)}]`);
  const own = texts.filter((text) => {
    const value = read(text);
    return (
      !never.test(text) && text !== '' && !isRefused(value) && copyValues([field], [value], nullText) === text
    );
  });
  return own.length === 0 ? undefined : `(?:${own.map((text) => RegExp.escape(text)).join('|')})`;
}

function isMissing(text: string, { missingValues = [''], missingBlank }: Field): boolean {
  return missingValues.includes(text) || (missingBlank === true && text.trim() === '');
}

/**
 * What must stand before a value so that it is none of the words that mean "no value": nothing when no word has its form. Undefined
 * when there is no simple form.
 */
function wordsIn({ missingValues = [''], missingAnyCase }: Field, form: string): string | undefined {
  // In other alphabets, upper and lower case are not always one character each.
  if (missingAnyCase && !missingValues.every((word) => /^[\x20-\x7e]*$/.test(word))) return undefined;
  const isOfForm = new RegExp(`^(?:${form})$`, missingAnyCase ? 'i' : '');
  const words = missingValues.filter((word) => word !== '' && isOfForm.test(word));
  if (words.length === 0) return '';
  if (!missingAnyCase) return notOneOf(words.map((word) => RegExp.escape(word)));
  return notOneOf(words.map((word) => [...word].map(anyCase).join('')));
}

function notOneOf(forms: readonly string[]): string {
  return `(?!(?:${forms.join('|')})(?:,|\\r?\\n))`;
}

/** A character of ASCII in both cases. The sign of Kelvin is a K that is a k in lower case. */
function anyCase(character: string): string {
  if (!/[a-z]/i.test(character)) return RegExp.escape(character);
  const lower = character.toLowerCase();
  return `[${lower}${lower.toUpperCase()}${lower === 'k' ? '\\u212a' : ''}]`;
}
