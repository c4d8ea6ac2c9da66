import type { Field } from './contract.ts';

type IntegerField = Extract<Field, { readonly type: 'integer' }>;
type NumberField = Extract<Field, { readonly type: 'number' }>;

/** The most digits before and after the point that PostgreSQL's NUMERIC has. */
const NUMERIC = [131_072, 16_383] as const;

const MAX_BIGINT = 9_223_372_036_854_775_807n;

/** The bounds of an integer, which are at most those of BIGINT. */
export function integerBounds({
  constraints,
  unsigned,
}: IntegerField): readonly [least: bigint, most: bigint] {
  const { minimum = unsigned ? 0n : -MAX_BIGINT - 1n, maximum = MAX_BIGINT } = constraints;
  return [BigInt(minimum), BigInt(maximum)];
}

/**
 * Compiles the reader of an integer; undefined stands for a text that is none within its bounds. Beyond 2^53 the value is text,
 * because JavaScript's numbers are not exact there.
 */
export function integerReader(field: IntegerField): (text: string) => number | string | undefined {
  const [least, most] = integerBounds(field);
  const [min, max] = [Number(least), Number(most)];
  const digits = String(most > -least ? most : -least).length;
  const times = field.groupChar === undefined ? `{1,${digits}}` : '+';
  const form = new RegExp(`^${signOf(field)}${wholeOf(field.groupChar, times)}$`);
  const plain = plainOf(field);
  return (given) => {
    if (!form.test(given)) return undefined;
    const text = plain(given);
    const value = Number(text);
    // Adding 0 makes 0 of -0.
    if (Number.isSafeInteger(value)) return value < min || value > max ? undefined : value + 0;
    if (text.length > digits + 1) return undefined;
    const exact = BigInt(text);
    return exact < least || exact > most ? undefined : exact.toString();
  };
}

/** Compiles the reader of a number. It gives text with a point, because a float would change it; nothing is rounded. */
export function numberReader(field: NumberField): (text: string) => string | undefined {
  const { decimalChar = '.', groupChar, digits = NUMERIC } = field;
  const before = digits[0];
  const form = new RegExp(
    `^${signOf(field)}${wholeOf(groupChar, groupChar === undefined ? `{1,${before}}` : '+', before)}${fractionOf(decimalChar, digits[1])}$`,
  );
  const plain = plainOf(field);
  return (given) => {
    if (!form.test(given)) return undefined;
    const text = decimalChar === '.' ? plain(given) : withPoint(decimalChar, plain(given));
    return groupChar !== undefined && wholeDigits(text) > Math.max(1, before) ? undefined : text;
  };
}

function signOf({ unsigned }: { readonly unsigned?: true }): string {
  return unsigned ? '' : '[+-]?';
}

/** Groups are of exactly three digits. A first group of 0 is refused: `0.123` is a decimal in other countries. */
function wholeOf(groupChar: string | undefined, times: string, before?: number): string {
  if (before === 0) return '0';
  const grouped = groupChar && `[1-9]\\d{0,2}(?:${RegExp.escape(groupChar)}\\d{3})+`;
  return grouped === undefined ? `\\d${times}` : `(?:${grouped}|\\d+)`;
}

function fractionOf(decimalChar: string, after: number | undefined): string {
  if (after === 0) return '';
  return `(?:${RegExp.escape(decimalChar)}\\d${after === undefined ? '+' : `{1,${after}}`})?`;
}

/** Removes a plus sign and the characters between groups. */
function plainOf(field: { readonly unsigned?: true; readonly groupChar?: string }): (text: string) => string {
  const { groupChar, unsigned } = field;
  const signless = unsigned
    ? (text: string) => text
    : (text: string) => (text.startsWith('+') ? text.slice(1) : text);
  return groupChar === undefined ? signless : (text) => without(groupChar, signless(text));
}

/** As `replaceAll(char, '')`, which takes twice as long. */
function without(char: string, text: string): string {
  let [rest, from] = ['', 0];
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, from)) {
    rest += text.slice(from, at);
    from = at + 1;
  }
  return from === 0 ? text : rest + text.slice(from);
}

/** As `replace(char, '.')`, which takes twice as long. */
function withPoint(char: string, text: string): string {
  const at = text.indexOf(char);
  return at === -1 ? text : `${text.slice(0, at)}.${text.slice(at + 1)}`;
}

function wholeDigits(text: string): number {
  const point = text.indexOf('.');
  return (point === -1 ? text.length : point) - (text.startsWith('-') ? 1 : 0);
}

/** Compares two decimals exactly: less than 0 when the first one is less. Floats tell at most 15 digits apart. */
export function compareDecimals(a: string, b: string): number {
  if (a.length <= 15 && b.length <= 15) return Number(a) - Number(b);
  const scale = Math.max(fraction(a).length, fraction(b).length);
  const [left, right] = [scaled(a, scale), scaled(b, scale)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function fraction(text: string): string {
  return text.split('.')[1] ?? '';
}

function scaled(text: string, scale: number): bigint {
  return BigInt(text.replace('.', '') + '0'.repeat(scale - fraction(text).length));
}
