import type { Faker } from '@faker-js/faker';
import type { Contract, Field } from '@sluice/core';
import { dateText } from './date-text.ts';

/** Makes the text of a field for the record with this number, whose time is `ms`. */
export type Maker = (n: number, ms: number) => string;

/** What the makers of all fields of a feed share. */
export interface Making {
  readonly faker: Faker;
  readonly contract: Contract;
  /** The zone of times without an offset. */
  readonly timeZone: string;
  /** Words of the encoding of the files. */
  readonly words: readonly string[];
}

/** Words for texts. An encoding that lacks a letter of a word does not get it. */
export const WORDS = 'amber copper granite meadow river Größe crème señor łódź Привет'.split(' ');

const DAY_MS = 86_400_000;
const MISSING_SHARE = 0.1;

/** The maker of a field that is read. A field that may be missing is so at times, by each of its words. */
export function makerOf(field: Field, making: Making): Maker {
  const { faker, contract } = making;
  if (contract.key.includes(field.name)) return identityOf(field, making);
  const make = valueMaker(field, making);
  if (field.constraints.required) return make;
  const words = missingWords(field);
  return (n, ms) =>
    faker.number.float() < MISSING_SHARE && words.length > 0
      ? faker.helpers.arrayElement(words)
      : make(n, ms);
}

/** The texts that mean "no value" in a field. */
export function missingWords({ missingValues = [''], missingBlank }: Field): string[] {
  return [...missingValues, ...(missingBlank ? [' '] : [])];
}

function valueMaker(field: Field, { faker, contract, timeZone, words }: Making): Maker {
  const { enum: among, minimum, maximum } = field.constraints;
  if (among !== undefined) return () => faker.helpers.arrayElement(among);
  switch (field.type) {
    case 'string':
      return textOf(field, words, faker, contract.countBy === field.name);
    case 'integer': {
      const [min, max] = [Number(minimum ?? 0), Number(maximum ?? Number.MAX_SAFE_INTEGER)];
      return () => digitGroups(faker.number.int({ min, max: Math.min(max, min + 5_000) }), field.groupChar);
    }
    case 'number':
      return numberOf(field, faker);
    case 'boolean': {
      const { trueValues = ['true'], falseValues = ['false'] } = field;
      return () => faker.helpers.arrayElement([...trueValues, ...falseValues]);
    }
    case 'object':
      return () => JSON.stringify({ n: faker.number.int(5_000), text: faker.word.noun() });
    case 'array':
      return () => JSON.stringify([faker.number.int(5_000), faker.word.noun()]);
    case 'date':
    case 'datetime': {
      const within = (ms: number) =>
        Math.min(
          Math.max(ms, minimum === undefined ? ms : timeOf(minimum)),
          maximum === undefined ? Number.MAX_SAFE_INTEGER : timeOf(maximum),
        );
      // The time of the record itself, or an earlier one.
      const back = () => (contract.time === field.name ? 0 : faker.number.int({ min: 0, max: 90 }) * DAY_MS);
      return (_, ms) => momentText(field, within(ms - back()), timeZone);
    }
  }
}

function timeOf(bound: string | number): number {
  const text = String(bound);
  return Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : `${text.replace(' ', 'T')}Z`);
}

function momentText(field: Field, ms: number, timeZone: string): string {
  if (field.type === 'date') return dateText(ms, field.format ?? '%Y-%m-%d', 'UTC');
  if (field.type !== 'datetime') return '';
  const { format = 'sluice', timezone = timeZone } = field;
  return dateText(ms, format === 'sluice' ? '%Y-%m-%d %H:%M:%S' : format, timezone);
}

type Text = Extract<Field, { readonly type: 'string' }>;

function textOf(field: Text, words: readonly string[], faker: Faker, few: boolean): Maker {
  const { minLength = 0, maxLength = 40, pattern } = field.constraints;
  if (field.format === 'uuid') return () => faker.string.uuid();
  if (field.format === 'email') return () => `user.${faker.number.int(99_999)}@example.com`;
  if (pattern !== undefined) return () => faker.helpers.fromRegExp(pattern);
  const number = () => (few ? '' : ` ${faker.number.int(999)}`);
  return () =>
    `${faker.helpers.arrayElement(words)}${number()}`.slice(0, maxLength).trim().padEnd(minLength, 'x');
}

type Decimal = Extract<Field, { readonly type: 'number' }>;

function numberOf(
  { digits, decimalChar = '.', groupChar, unsigned, constraints }: Decimal,
  faker: Faker,
): Maker {
  const [before, after] = digits ?? [10, 2];
  const [decimals, whole] = [Math.min(after, 4), Math.min(before, 5)];
  const { minimum, maximum } = constraints;
  const min = Math.ceil(Number(minimum ?? 0));
  const max = Math.floor(Math.min(Number(maximum ?? Number.POSITIVE_INFINITY), min + 10 ** whole - 1));
  const mayBeNegative = !unsigned && minimum === undefined;
  return () => {
    const value = faker.number.int({ min, max: Math.max(min, max) });
    const isWhole = decimals === 0 || value === max;
    const fraction = isWhole ? '' : decimalChar + faker.string.numeric(decimals);
    const sign = mayBeNegative && value > 0 && faker.number.float() < 0.05 ? '-' : '';
    return `${sign}${digitGroups(value, groupChar)}${fraction}`;
  };
}

function digitGroups(value: number, groupChar: string | undefined): string {
  return groupChar === undefined ? String(value) : String(value).replace(/\B(?=(\d{3})+$)/g, groupChar);
}

/** So many records share all fields of their key but the last whole number, as the lines of an order do. */
const LINES = 3;

/** Records of one run differ in their keys, as far as the types of the fields have room for that. */
function identityOf(field: Field, making: Making): Maker {
  const { faker, contract, timeZone } = making;
  const { minimum, maximum, minLength = 0, maxLength = 100 } = field.constraints;
  const numbering = numberingOf(contract);
  const isLine = numbering === field.name;
  const count = (n: number) => (numbering === undefined ? n : Math.floor(n / LINES));
  const other = valueMaker(field, making);
  if (field.constraints.enum !== undefined || field.constraints.pattern !== undefined) return other;
  if (field.type === 'integer') {
    const [min, max] = [Number(minimum ?? 1), Number(maximum ?? 2 ** 31 - 1)];
    const room = max - min + 1;
    const first = isLine ? 0 : faker.number.int({ min: 0, max: Math.max(0, room - 1) });
    return (n) => digitGroups(min + ((isLine ? n % LINES : first + count(n)) % room), field.groupChar);
  }
  if (field.type === 'date' || field.type === 'datetime') {
    const step = field.type === 'date' ? DAY_MS : 60_000;
    return (n, ms) => momentText(field, ms - (ms % step) - count(n) * step, timeZone);
  }
  if (field.type !== 'string') return other;
  if (field.format === 'uuid') return once(count, () => faker.string.uuid());
  const run = faker.string.alphanumeric({ length: 6, casing: 'upper' });
  if (field.format === 'email') return (n) => `${run}${count(n)}@example.com`;
  const room = 36 ** Math.min(maxLength, 10);
  return (n) =>
    maxLength < 16
      ? (count(n) % room).toString(36).toUpperCase().padStart(Math.max(minLength, 1), '0')
      : `${run}-${String(count(n) + 1).padStart(Math.max(6, minLength - 7), '0')}`;
}

/** The last whole number of a key of several fields. It numbers the records that have the rest of their key in common. */
function numberingOf({ fields, key }: Contract): string | undefined {
  if (key.length < 2) return undefined;
  return fields.findLast(({ name, type }) => type === 'integer' && key.includes(name))?.name;
}

/** A new value whenever the count goes on. */
function once(count: (n: number) => number, make: () => string): Maker {
  let latest = { at: -1, text: '' };
  return (n) => {
    if (count(n) !== latest.at) latest = { at: count(n), text: make() };
    return latest.text;
  };
}
