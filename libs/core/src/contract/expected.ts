import { LEVELS_AT_MOST } from '../json-members.ts';
import type { Field } from './contract.ts';
import { exampleOf } from './date-format.ts';
import { isNested } from './nested.ts';
import { integerBounds } from './numbers.ts';
import type { RejectCode } from './reject.ts';

const UUID = 'a UUID in 8-4-4-4-12 hexadecimal digits';
const SLUICE = 'YYYY-MM-DD HH:MM:SS, or ISO 8601 with T, a fraction to microseconds, Z or an offset';

export const DEFAULT_DATE = '%Y-%m-%d';
export const TRUE_VALUES: readonly string[] = ['true', 'True', 'TRUE', '1'];
export const FALSE_VALUES: readonly string[] = ['false', 'False', 'FALSE', '0'];

/** Every code with which a record can be refused for this field, by its own name for it, and what would have been accepted. */
export function expectedOf(field: Field): Map<RejectCode, string> {
  const { codes, constraints, expected, name } = field;
  const form = formOf(field);
  const orNothing = constraints.required ? '' : ', or nothing';
  const texts = new Map([
    ...form.codes.map((code) => [code, form.text + orNothing] as const),
    ...boundsOf(field).map(([code, text]) => [code, text + orNothing] as const),
    ...textCodes(field),
  ]);
  if (constraints.required) {
    const article = /^[aeiou]/.test(name) ? 'an' : 'a';
    const own = codes?.missing_value !== undefined && form.text !== '';
    texts.set('missing_value', own ? `${article} ${name}: ${form.text}` : 'a value that is not empty');
  }
  if (field.sensitive) texts.set('masked_value', `the value itself, which rejects do not show${orNothing}`);
  return new Map([...texts].map(([code, text]) => [codes?.[code] ?? code, expected ?? text]));
}

/** What no person types. */
const UNTYPED: ReadonlySet<RejectCode> = new Set([
  ...['nul_character', 'lone_surrogate', 'masked_value', 'duplicate_key', 'too_deep'],
]);

/** All that a value of this field must be, in one text. '' where any text is a value. */
export function ruleOf(field: Field): string {
  const texts = [...expectedOf(field)].flatMap(([code, text]) => (UNTYPED.has(code) ? [] : [text]));
  const said = texts.filter((text) => !texts.some((other) => other !== text && other.includes(text)));
  return [...new Set(said)].join('; ');
}

/** The code of a value that does not have the form of its field. Any text has that of a string without a format. */
export function formCodeOf(field: Field): RejectCode {
  return formOf(field).codes[0] ?? 'invalid_text';
}

/** What a value looks like, and the codes of one that does not. */
function formOf(field: Field): { readonly codes: readonly RejectCode[]; readonly text: string } {
  switch (field.type) {
    case 'string':
      if (field.format === undefined) return { codes: [], text: '' };
      return field.format === 'uuid'
        ? { codes: ['invalid_uuid'], text: UUID }
        : { codes: ['invalid_email'], text: 'an email address' };
    case 'integer': {
      const [least, most] = integerBounds(field);
      const sign = field.unsigned ? 'decimal digits' : 'a whole number';
      return { codes: ['invalid_integer'], text: `${sign}, ${least} to ${most}${groups(field)}` };
    }
    case 'number':
      return { codes: ['invalid_decimal'], text: decimals(field) };
    case 'boolean': {
      const { trueValues = TRUE_VALUES, falseValues = FALSE_VALUES } = field;
      return {
        codes: ['invalid_boolean'],
        text: `${listed(trueValues)} for true, ${listed(falseValues)} for false`,
      };
    }
    case 'date':
      return { codes: ['invalid_date'], text: `a date ${like(field.format ?? DEFAULT_DATE)}` };
    case 'object':
      return { codes: ['invalid_object'], text: 'a JSON object, such as {"a": 1}' };
    case 'array':
      return { codes: ['invalid_array'], text: 'a JSON array, such as [1, 2]' };
    case 'datetime': {
      const { format = 'sluice' } = field;
      return { codes: ['invalid_timestamp'], text: format === 'sluice' ? SLUICE : `a time ${like(format)}` };
    }
  }
}

function decimals(field: Extract<Field, { readonly type: 'number' }>): string {
  const { digits, decimalChar = '.', unsigned } = field;
  const point = decimalChar === '.' ? 'the point' : `the "${decimalChar}"`;
  const limits = digits
    ? `, at most ${digits[0]} before and ${digits[1]} after ${point}`
    : ` before and after ${point}`;
  return `decimal digits${limits}${groups(field)}${unsigned ? '' : ', with or without a sign'}`;
}

function groups({ groupChar }: { readonly groupChar?: string }): string {
  return groupChar === undefined ? '' : `, groups of three digits by "${groupChar}" or none`;
}

/** The codes of values that have the form of their type, but not what the constraints ask for. */
function boundsOf(field: Field): [RejectCode, string][] {
  const { minimum, maximum, enum: allowed } = field.constraints;
  const range = [
    minimum === undefined ? '' : `at least ${minimum}`,
    maximum === undefined ? '' : `at most ${maximum}`,
  ];
  const said = range.filter(Boolean).join(' and ');
  const own: [RejectCode, string][] = [];
  if (said !== '' && field.type !== 'integer') own.push(['out_of_range', said]);
  if (allowed !== undefined) own.push(['not_allowed', `one of ${listed(allowed)}`]);
  return own;
}

function textCodes(field: Field): [RejectCode, string][] {
  if (isNested(field)) {
    return [
      ['duplicate_key', 'each key once in an object'],
      ['too_deep', `at most ${LEVELS_AT_MOST} objects and arrays in one another`],
      ['nul_character', 'texts without the NUL character'],
      ['lone_surrogate', 'texts without half a surrogate pair'],
      ['out_of_range', 'numbers with less than 1,000 digits'],
    ];
  }
  if (field.type !== 'string' || field.format !== undefined) return [];
  const { minLength, maxLength, pattern } = field.constraints;
  const own: [RejectCode, string][] = [
    ['nul_character', 'text without the NUL character'],
    ['lone_surrogate', 'text without half a surrogate pair'],
  ];
  if (minLength !== undefined) own.push(['value_too_short', `at least ${minLength} characters`]);
  if (maxLength !== undefined) own.push(['value_too_long', `at most ${maxLength} characters`]);
  if (pattern !== undefined) own.push(['pattern_mismatch', `text that matches ${pattern} as a whole`]);
  return own;
}

function like(format: string): string {
  return `such as ${exampleOf(format)} (${format})`;
}

function listed(values: readonly string[]): string {
  const shown = values.slice(0, 20).map((value) => (value === '' ? '""' : value));
  const more = values.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return [shown.slice(0, -1).join(', '), shown.at(-1)].filter(Boolean).join(' or ');
}
