import { HOUR, MINUTE, surely, YEAR } from './calendar.ts';

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** What a directive stands for. `one`: the same where its digits do not touch other digits, so that one may be missing. */
const DIRECTIVES: Readonly<Record<string, { readonly form: string; readonly one?: string }>> = {
  Y: { form: '\\d{4}' },
  y: { form: '\\d{2}' },
  m: { form: '\\d{2}', one: '\\d{1,2}' },
  d: { form: '\\d{2}', one: '\\d{1,2}' },
  H: { form: '\\d{2}', one: '\\d{1,2}' },
  M: { form: '\\d{2}' },
  S: { form: '\\d{2}' },
  f: { form: '\\d{1,6}' },
  z: { form: 'Z|[+-]\\d{2}(?::?\\d{2})?' },
  b: { form: '[A-Za-z]{3}' },
};

/** The year of two digits by POSIX: 69 to 99 are of the last century, 00 to 68 of this one. */
function yearOf(short: string): string {
  return (Number(short) < 69 ? '20' : '19') + short;
}

/** The number of a month by its first three letters in English; 00 is no month. */
function monthOf(name: string): string {
  return String(MONTHS.indexOf(name.toLowerCase()) + 1);
}

/**
 * Compiles a format, such as `%d.%m.%Y %H:%M`. The result takes a text of that form and gives `YYYY-MM-DD HH:MM:SS`, with a
 * fraction and an offset where the format has them, or undefined. Whether there is such a day and time is not checked here.
 * A day, a month and an hour may have one digit, unless they touch another number. UTC, GMT or Z at the end of a format without
 * an offset means that the time is in UTC.
 */
export function isoBy(format: string): (text: string) => string | undefined {
  const parts = partsOf(format);
  const names = parts.flatMap(({ directive }) => directive ?? []);
  const form = new RegExp(`^${parts.map((part, i) => formOf(part, parts[i - 1], parts[i + 1])).join('')}$`);
  const utc = endsInUtc(parts) && !names.includes('z');
  return (text) => {
    const match = form.exec(text);
    if (match === null) return undefined;
    const of = (name: string) => match[names.indexOf(name) + 1] ?? '';
    const two = (name: string) => (names.includes(name) ? of(name).padStart(2, '0') : '00');
    const year = names.includes('Y') ? of('Y') : yearOf(of('y'));
    const month = names.includes('m') ? two('m') : monthOf(of('b')).padStart(2, '0');
    const fraction = names.includes('f') ? `.${of('f')}` : '';
    const offset = names.includes('z') ? of('z') : utc ? 'Z' : '';
    return `${year}-${month}-${two('d')} ${two('H')}:${two('M')}:${two('S')}${fraction}${offset}`;
  };
}

function endsInUtc(parts: readonly Part[]): boolean {
  return /(?:UTC|GMT|Z)$/.test(parts.at(-1)?.literal ?? '');
}

/** The directives that {@link sureIsoBy} knows, each of a fixed length. Those of a day get their forms from the calendar. */
const SURE = { Y: YEAR, m: '', d: '', H: HOUR, M: MINUTE, S: MINUTE };

/**
 * A quick form of {@link isoBy}, for days and times that are surely there, with all of their digits. It gives undefined for any other
 * text, and for each text where the format has other directives.
 *
 * @param withTime whether the result has a time, or only the day
 */
export function sureIsoBy(format: string, withTime: boolean): (text: string) => string | undefined {
  const parts = partsOf(format);
  const names = parts.flatMap(({ directive }) => directive ?? []);
  const isSure = names.every((name) => name in SURE) && new Set(names).size === names.length;
  const hasDay = ['Y', 'm', 'd'].every((name) => names.includes(name));
  if (!isSure || !hasDay || endsInUtc(parts)) return () => undefined;
  const form = surely((d, m) => {
    const forms: Readonly<Record<string, string>> = { ...SURE, d, m };
    return parts
      .map(({ directive = '', literal = '' }) => forms[directive] ?? RegExp.escape(literal))
      .join('');
  });
  const test = new RegExp(`^${form}$`);
  const { Y = 0, m, d, H, M, S } = placesIn(parts);
  const two = (text: string, at: number | undefined) => (at === undefined ? '00' : text.slice(at, at + 2));
  return (text) => {
    if (!test.test(text)) return undefined;
    const day = `${text.slice(Y, Y + 4)}-${two(text, m)}-${two(text, d)}`;
    return withTime ? `${day} ${two(text, H)}:${two(text, M)}:${two(text, S)}` : day;
  };
}

/** Where each directive begins in a text whose numbers have all of their digits. */
function placesIn(parts: readonly Part[]): Partial<Record<string, number>> {
  const places: Partial<Record<string, number>> = {};
  let at = 0;
  for (const { directive, literal = '' } of parts) {
    if (directive !== undefined) places[directive] = at;
    at += directive === undefined ? literal.length : directive === 'Y' ? 4 : 2;
  }
  return places;
}

/** A date and time as this format writes it, for people. */
export function exampleOf(format: string): string {
  const example = {
    Y: '2025',
    y: '25',
    m: '12',
    d: '31',
    H: '23',
    M: '59',
    S: '58',
    f: '5',
    z: '+01:00',
    b: 'Dec',
  };
  return format.replace(/%(.)/g, (_, letter: string) => example[letter as keyof typeof example] ?? letter);
}

interface Part {
  readonly directive?: string;
  readonly literal?: string;
}

function partsOf(format: string): Part[] {
  return (format.match(/%.?|[^%]+/gs) ?? []).map((part): Part => {
    if (part === '%%') return { literal: '%' };
    if (!part.startsWith('%')) return { literal: part };
    if (DIRECTIVES[part.slice(1)] === undefined) throw new Error(`no format of dates: ${format} has ${part}`);
    return { directive: part.slice(1) };
  });
}

function formOf({ directive, literal }: Part, before: Part | undefined, after: Part | undefined): string {
  if (directive === undefined) return RegExp.escape(literal ?? '');
  const { form = '', one = form } = DIRECTIVES[directive] ?? {};
  const touches = isNumber(before, -1) || isNumber(after, 0);
  return `(${touches ? form : one})`;
}

/** Whether a neighbour has a digit at this end. */
function isNumber(part: Part | undefined, end: number): boolean {
  if (part?.directive !== undefined) return !['b', 'z'].includes(part.directive);
  return /\d/.test(part?.literal?.at(end) ?? '');
}
