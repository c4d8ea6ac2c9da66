import { RE2JS } from 're2js';
import type { Field, Value } from './contract.ts';
import { compareDecimals } from './numbers.ts';
import type { Refused } from './reading.ts';
import type { RejectCode } from './reject.ts';

/** The length of a date without a time. */
const DAY_CHARS = 'YYYY-MM-DD'.length;

type Read = (text: string) => Value | Refused;

/** Whether a value fulfils one constraint. `text` is the value as it is in the file. */
type Test = (value: Value, text: string) => boolean;

/**
 * Adds to the reader of a field what its constraints ask for besides the form of its type. Lengths at most, and the bounds of
 * integers, are part of the form.
 */
export function constrained(field: Field, read: Read, refuse: (code: RejectCode) => Refused): Read {
  const tests = [
    { test: shortest(field), refused: refuse('value_too_short') },
    { test: range(field), refused: refuse('out_of_range') },
    { test: oneOf(field), refused: refuse('not_allowed') },
    { test: pattern(field), refused: refuse('pattern_mismatch') },
  ].flatMap(({ test, refused }) => (test === undefined ? [] : [{ test, refused }]));
  if (tests.length === 0) return read;
  return (text) => {
    const value = read(text);
    if (typeof value === 'object') return value;
    return tests.find(({ test }) => !test(value, text))?.refused ?? value;
  };
}

function shortest({ constraints: { minLength = 0 } }: Field): Test | undefined {
  if (minLength === 0) return undefined;
  return (_, text) => text.length >= minLength && [...text].length >= minLength;
}

/** The bounds of numbers, dates and times. Those of integers are part of their form. */
function range(field: Field): Test | undefined {
  if (field.type === 'number') return decimalRange(field);
  if (field.type !== 'date' && field.type !== 'datetime') return undefined;
  const { minimum, maximum } = field.constraints;
  const [least, most] = [minimum, maximum].map((bound) => bound && moment(String(bound)));
  if (least === undefined && most === undefined) return undefined;
  return (value) => {
    const at = moment(String(value));
    return (least === undefined || at >= least) && (most === undefined || at <= most);
  };
}

function decimalRange({ constraints: { minimum, maximum } }: Field): Test | undefined {
  const [least, most] = [minimum, maximum].map((bound) => bound?.toString());
  if (least === undefined && most === undefined) return undefined;
  return (value) =>
    (least === undefined || compareDecimals(String(value), least) >= 0) &&
    (most === undefined || compareDecimals(String(value), most) <= 0);
}

/** A time, or the beginning of a day, written so that the order of texts is the order of time. */
function moment(text: string): string {
  const time = text.length === DAY_CHARS ? `${text} 00:00:00` : text;
  return time.includes('.') ? time.replace(/\.?0+$/, '') : time;
}

/** The values are compared and not their texts: `1,50` is allowed where 1.5 is. */
function oneOf({ type, constraints }: Field): Test | undefined {
  if (constraints.enum === undefined) return undefined;
  const one = { number: decimal, datetime: moment }[type as string] ?? String;
  const allowed = new Set(constraints.enum.map(one));
  return (value) => allowed.has(one(String(value)));
}

/** One spelling of a decimal: `01.50` is `1.5`, and `-0` is `0`. */
function decimal(text: string): string {
  if (text.length > 1000) return text;
  const [, sign = '', whole = '', fraction = ''] = /^(-?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  const plain = fraction === '' ? whole : `${whole}.${fraction}`;
  return plain === '0' ? plain : sign + plain;
}

/** RE2 takes a time that grows with the text alone; JavaScript's own patterns can stop a process for minutes. */
function pattern({ constraints }: Field): Test | undefined {
  if (constraints.pattern === undefined) return undefined;
  const form = RE2JS.compile(constraints.pattern);
  return (_, text) => form.matches(text);
}
