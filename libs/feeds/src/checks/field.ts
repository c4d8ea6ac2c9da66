import { FALSE_VALUES, TRUE_VALUES } from '@sluice/core';
import { messageOf, timeZone } from '@sluice/process';
import { RE2JS } from 're2js';
import type { FeedWords } from '../words/feed.ts';
import type { FieldWords, Type } from '../words/field.ts';
import { dateFormatFault } from './date-format.ts';

/** Reports that the value at this place below the field is not allowed. */
type Refuse = (path: readonly (string | number)[], allowed: string) => void;

/** The types that know these words. Every type knows the others. */
const OF_TYPES: Readonly<Partial<Record<keyof FieldWords, readonly Type[]>>> = {
  format: ['string', 'date', 'datetime'],
  decimalChar: ['number'],
  groupChar: ['integer', 'number'],
  digits: ['number'],
  unsigned: ['integer', 'number'],
  trueValues: ['boolean'],
  falseValues: ['boolean'],
  timezone: ['datetime'],
};

const CONSTRAINTS_OF: Readonly<Record<string, readonly Type[]>> = {
  minLength: ['string'],
  maxLength: ['string'],
  pattern: ['string'],
  minimum: ['integer', 'number', 'date', 'datetime'],
  maximum: ['integer', 'number', 'date', 'datetime'],
  enum: ['string', 'integer', 'number', 'date', 'datetime'],
};

const FROM_FILE = ['from', 'optional', 'missingValues', 'missingBlank', 'missingAnyCase'] as const;

/** What the format of the whole file says about numbers. */
type Marks = NonNullable<FeedWords['format']>;

/** Checks what the words of one field mean together. */
export function checkField(field: FieldWords, format: Marks, refuse: Refuse): void {
  const { type, constraints = {} } = field;
  const notOf = (types: readonly Type[]) =>
    `no such word, because it belongs to type ${types.join(', ')}, and this field is of type ${type}`;
  for (const [word, types] of Object.entries(OF_TYPES)) {
    if (word in field && !types.includes(type)) refuse([word], notOf(types));
  }
  for (const [word, types] of Object.entries(CONSTRAINTS_OF)) {
    if (word in constraints && !types.includes(type)) refuse(['constraints', word], notOf(types));
  }
  if (field.type === 'string' && field.format !== undefined) {
    for (const word of ['minLength', 'maxLength'])
      if (word in constraints)
        refuse(['constraints', word], 'no such word beside format, which says how long a value is');
  }
  if (field.value !== undefined) {
    for (const word of FROM_FILE)
      if (word in field)
        refuse([word], 'no such word beside value, because the value is not read from the file');
  }
  if (field.optional && constraints.required)
    refuse(['optional'], 'false, or constraints without required: a column that is absent has no value');
  checkFormat(field, refuse);
  checkMarks(field, format, refuse);
  checkConstraints(field, refuse);
  if (field.timezone !== undefined && !timeZone.safeParse(field.timezone).success) {
    refuse(['timezone'], 'a time zone such as UTC or Europe/Berlin');
  }
}

function checkFormat({ type, format }: FieldWords, refuse: Refuse): void {
  if (format === undefined) return;
  if (type === 'string' && format !== 'uuid' && format !== 'email') refuse(['format'], 'uuid or email');
  if (type !== 'date' && type !== 'datetime') return;
  const fault = dateFormatFault(type, format);
  if (fault !== undefined) refuse(['format'], fault);
}

function checkMarks(field: FieldWords, format: Marks, refuse: Refuse): void {
  const { decimalChar = format.decimalChar ?? '.', groupChar = format.groupChar } = field;
  const { digits, missingValues = [] } = field;
  const { trueValues = TRUE_VALUES, falseValues = FALSE_VALUES } = field;
  // Where the format says both, the mistake is told there.
  const isOwn = field.decimalChar !== undefined || field.groupChar !== undefined;
  if (isOwn && groupChar === decimalChar && field.type === 'number') {
    refuse(['groupChar'], 'another character than decimalChar');
  }
  if (digits !== undefined && digits[0] + digits[1] === 0)
    refuse(['digits'], 'at least one digit before or after the point');
  const both = trueValues.find((text) => falseValues.includes(text));
  if (both !== undefined) {
    const word = field.falseValues === undefined ? 'trueValues' : 'falseValues';
    refuse([word], `texts that do not mean both, as ${JSON.stringify(both)} does`);
  }
  if (field.type !== 'boolean') return;
  for (const [i, text] of missingValues.entries()) {
    if (trueValues.includes(text) || falseValues.includes(text)) {
      refuse(['missingValues', i], 'a text that is not one of trueValues or falseValues');
    }
  }
}

const ISO = {
  date: [/^\d{4}-\d{2}-\d{2}$/, 'a date in quotes, such as "2026-01-31"'],
  datetime: [
    /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d{1,6})?)?$/,
    'a time of UTC in quotes, such as "2026-01-31 08:30:00"',
  ],
  integer: [/^(?:0|-?[1-9]\d{0,17})$/, 'a whole number'],
  number: [/^-?\d{1,500}(\.\d{1,500})?$/, 'a number with a point'],
} as const;

function checkConstraints({ type, constraints = {} }: FieldWords, refuse: Refuse): void {
  const { minLength = 0, maxLength, minimum, maximum, pattern, enum: values = [] } = constraints;
  if (maxLength !== undefined && minLength > maxLength)
    refuse(['constraints', 'minLength'], `at most maxLength, which is ${maxLength}`);
  const [isValid, allowed] = type in ISO ? ISO[type as keyof typeof ISO] : [/^/, ''];
  for (const [word, bound] of Object.entries({ minimum, maximum })) {
    if (bound !== undefined && !isValid.test(String(bound))) refuse(['constraints', word], allowed);
  }
  for (const [i, value] of values.entries()) {
    if (!isValid.test(value)) refuse(['constraints', 'enum', i], `${allowed}, in quotes`);
  }
  if (minimum !== undefined && maximum !== undefined && exceeds(type, minimum, maximum)) {
    refuse(['constraints', 'minimum'], `at most maximum, which is ${maximum}`);
  }
  if (pattern === undefined) return;
  try {
    RE2JS.compile(pattern);
  } catch (error) {
    refuse(
      ['constraints', 'pattern'],
      `a regular expression in the syntax of RE2, which has no look-around and no back references (${messageOf(error)})`,
    );
  }
}

/** Dates in ISO form are in the order of their texts. */
function exceeds(type: Type, minimum: string | number, maximum: string | number): boolean {
  const isNumber = type === 'integer' || type === 'number';
  return isNumber ? Number(minimum) > Number(maximum) : String(minimum) > String(maximum);
}
