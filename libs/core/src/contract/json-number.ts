/** A number may have so many digits when it is written without its exponent (I8). */
const DIGITS_AT_MOST = 1000;

/**
 * A number of JSON without its exponent, with all of its digits: 1.5e3 is 1500, and 1.10 stays 1.10. A number that would be too
 * long stays as it is, and so is no value of a field.
 */
export function withoutExponent(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,9})$/.exec(source) ?? [];
  if (exponent === undefined) return source;
  const [digits, point] = [whole + fraction, whole.length + Number(exponent)];
  if (Math.max(digits.length, point) - Math.min(0, point) > DIGITS_AT_MOST) return source;
  const before = digits.slice(0, Math.max(0, point)).padEnd(point, '0');
  const after = digits.slice(Math.max(0, point)).padStart(digits.length - point, '0');
  const plain = before.replace(/^0+(?=\d)/, '') || '0';
  return sign + plain + (point < digits.length ? `.${after}` : '');
}
