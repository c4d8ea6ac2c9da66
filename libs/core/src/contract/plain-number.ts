import type { Field } from './contract.ts';
import { integerBounds } from './numbers.ts';

type Of<T extends Field['type']> = Extract<Field, { readonly type: T }>;

/** More digits are left to the reader, because an expression that counts them all would be slow. */
const DIGITS_AT_MOST = 30;

/** Whole numbers within the bounds of a field, without zeros in front; undefined when there is no simple form. */
export function plainInteger(field: Of<'integer'>): string | undefined {
  const [least, most] = integerBounds(field);
  if (least > 1n || most < 1n) return undefined;
  const forms = [upTo(most), ...(least < 1n ? ['0'] : []), ...(least < 0n ? [`-(?:${upTo(-least)})`] : [])];
  return `(?:${forms.join('|')})`;
}

/** Decimals of a field that are written with a point; undefined when there is no simple form. */
export function plainNumber(field: Of<'number'>): string | undefined {
  const { decimalChar = '.', groupChar, digits = [DIGITS_AT_MOST, DIGITS_AT_MOST], unsigned } = field;
  const { minimum, maximum } = field.constraints;
  if (decimalChar !== '.' || groupChar === '.') return undefined;
  if (minimum !== undefined && Number(minimum) !== 0) return undefined;
  const [before, after] = digits.map((count) => Math.min(count, DIGITS_AT_MOST));
  const any = before === 0 ? '0' : `\\d{1,${before}}`;
  const whole = maximum === undefined ? any : below(String(maximum), before ?? 0);
  if (whole === undefined) return undefined;
  const fraction = after === 0 ? '' : `(?:\\.\\d{1,${after}})?`;
  const negative = unsigned || minimum !== undefined ? '' : `|-${any}`;
  return `(?:${whole}${negative})${fraction}`;
}

/** The whole parts of numbers that are less than `maximum` whatever their fraction is. */
function below(maximum: string, digits: number): string | undefined {
  const [, whole] = /^(\d+)(?:\.\d+)?$/.exec(maximum) ?? [];
  const most = BigInt(whole ?? 0) - 1n;
  if (most < 0n) return undefined;
  if (digits === 0 || most === 0n) return '0';
  const limit = 10n ** BigInt(digits) - 1n;
  return `0|${upTo(most < limit ? most : limit)}`;
}

/** Bounds with more digits are nearly never reached, and would make a long expression. */
const EXACT_DIGITS = 10;

/** The whole numbers from 1 to this one, without the longest ones where it is very large. */
function upTo(most: bigint): string {
  const digits = String(most);
  if (digits.length > EXACT_DIGITS) return `[1-9]\\d{0,${digits.length - 2}}`;
  const rest = (count: number) => (count === 0 ? '' : count === 1 ? '\\d' : `\\d{${count}}`);
  const shorter = digits.length === 1 ? [] : [`[1-9]\\d{0,${digits.length - 2}}`];
  const less = [...digits].flatMap((digit, i) => {
    const [from, to] = [i === 0 ? 1 : 0, Number(digit) - 1];
    return to < from ? [] : [`${digits.slice(0, i)}[${from}-${to}]${rest(digits.length - i - 1)}`];
  });
  return [...shorter, ...less, digits].join('|');
}
