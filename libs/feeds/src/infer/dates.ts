/** How a column of dates is read, or what must be asked first. */
export interface DateStyle {
  readonly type: 'date' | 'datetime';
  /** `sluice`, or a format with `%`. */
  readonly format: string;
  /** Of these formats a person has to choose one. Empty: nothing is open. */
  readonly choices: readonly string[];
  /** Times carry no offset, so a time zone has to say what they mean. */
  readonly bare: boolean;
  /** The looks that it reads. */
  readonly looks: readonly string[];
  /** How many values it reads. */
  readonly fits: number;
}

const YEAR_FIRST = /^(\d{4})([-/.])(\d{2})\2(\d{2})(?!\d)/;
/** A year of two digits stands only beside days of two, because `1.2.10` is more often a version. */
const YEAR_LAST = /^(?:(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})|(\d{2})([-/. ])(\d{2})\6(\d{2}))(?!\d)/;
const NAMED = /^(\d{1,2})([-/. ])(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\2(\d{4})(?!\d)/i;
const CLOCK = /^([T ])(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?( ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?$/;
/** An hour of one digit, which ISO 8601 does not have. */
const ONE_DIGIT = /[T ]\d:/;
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** The forms of a time that need no format, and may differ from row to row. */
const ISO = /^%Y-%m-%d[ T]%H:%M:%S(\.%f)?(%z)?$/;

/**
 * The format of a date, or of a date with a time. It has `%1` and `%2` where day and month cannot be told apart. Undefined: the
 * value is no date, or no such day or time exists.
 */
export function dateLook(text: string): string | undefined {
  if (text.length > LONGEST_DAY) return lookAt(text);
  if (!known.has(text)) {
    if (known.size >= KNOWN_AT_MOST) known.clear();
    known.set(text, lookAt(text));
  }
  return known.get(text);
}

function lookAt(text: string): string | undefined {
  const [all, day] = yearFirst(text) ?? named(text) ?? yearLast(text) ?? [];
  const clock = all === undefined ? undefined : clockLook(text.slice(all.length));
  if (clock === undefined || (day?.startsWith('%Y') && ONE_DIGIT.test(text))) return undefined;
  return `${day}${clock}`;
}

/** Days come again and again in a file, and looking at them costs most. */
const known = new Map<string, string | undefined>();
const KNOWN_AT_MOST = 10_000;
const LONGEST_DAY = 11;

type Day = readonly [text: string, format: string] | undefined;

function yearFirst(text: string): Day {
  const [all, year = '', mark = '', month = '', day = ''] = YEAR_FIRST.exec(text) ?? [];
  return all !== undefined && isDay(+year, +month, +day) ? [all, `%Y${mark}%m${mark}%d`] : undefined;
}

function named(text: string): Day {
  const [all, day = '', mark = '', month = '', year = ''] = NAMED.exec(text) ?? [];
  const known = all !== undefined && isDay(+year, MONTHS.indexOf(month.toLowerCase()) + 1, +day);
  return known ? [all, `%d${mark}%b${mark}%Y`] : undefined;
}

function yearLast(text: string): Day {
  const [all, ...parts] = YEAR_LAST.exec(text) ?? [];
  if (all === undefined) return undefined;
  const [first = '', mark = '', second = '', end = ''] = parts.filter((part) => part !== undefined);
  const year = end.length === 4 ? +end : 2000 + +end;
  const [dayFirst, monthFirst] = [isDay(year, +second, +first), isDay(year, +first, +second)];
  if (!dayFirst && !monthFirst) return undefined;
  const [a, b] = dayFirst && monthFirst ? ['%1', '%2'] : dayFirst ? ['%d', '%m'] : ['%m', '%d'];
  return [all, `${a}${mark}${b}${mark}${end.length === 4 ? '%Y' : '%y'}`];
}

/** The format of what follows a day: nothing, or a time of day. */
function clockLook(text: string): string | undefined {
  if (text === '') return '';
  const [all, mark = '', hour = '', minute = '', second, fraction, zone = ''] = CLOCK.exec(text) ?? [];
  if (all === undefined || +hour > 23 || +minute > 59 || +(second ?? 0) > 59) return undefined;
  const seconds = second === undefined ? '' : `:%S${fraction === undefined ? '' : '.%f'}`;
  return `${mark}%H:%M${seconds}${/UTC|GMT/.test(zone) ? zone : zone.replace(/Z|[+-].*/, '%z')}`;
}

function isDay(year: number, month: number, day: number): boolean {
  if (year === 0 || month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
}

/**
 * Chooses the format that reads the most values.
 *
 * @param counts how often each look was seen
 * @param dayFirst what the other columns of the file show: does the day come before the month? Undefined: they show nothing
 */
export function dateStyle(
  counts: ReadonlyMap<string, number>,
  dayFirst: boolean | undefined,
): DateStyle | undefined {
  const formats = new Set([...counts.keys()].flatMap(formatsOf));
  const styles = [...formats].map((format) => styleOf(format, counts));
  const [best] = styles.sort((a, b) => b.fits - a.fits);
  const rivals = styles.filter(
    (style) => style.fits === best?.fits && style.looks.join() === best.looks.join(),
  );
  const chosen = rivals.find(({ format }) => startsWithDay(format) === dayFirst) ?? best;
  if (chosen === undefined) return undefined;
  const open = chosen.format.includes('%y') || (rivals.length > 1 && dayFirst === undefined);
  return { ...chosen, choices: open ? rivals.map(({ format }) => format) : [] };
}

function formatsOf(look: string): string[] {
  if (ISO.test(look)) return ['sluice'];
  const formats = [
    look.replace('%1', '%d').replace('%2', '%m'),
    look.replace('%1', '%m').replace('%2', '%d'),
  ];
  return formats[0] === look ? [look] : formats;
}

function styleOf(format: string, counts: ReadonlyMap<string, number>): Omit<DateStyle, 'choices'> {
  const looks = [...counts.keys()].filter((look) => formatsOf(look).includes(format));
  const type = format === 'sluice' || format.includes('%H') ? 'datetime' : 'date';
  const bare = type === 'datetime' && looks.some((look) => !/%z|UTC|GMT/.test(look));
  const fits = looks.reduce((sum, look) => sum + (counts.get(look) ?? 0), 0);
  return { type, format, bare, looks, fits };
}

/** Whether the day comes before the month in a format; undefined where the year comes first. */
export function startsWithDay(format: string): boolean | undefined {
  return /^%[dm]/.test(format) ? format.startsWith('%d') : undefined;
}

/** A day that shows how a format looks. */
export function exampleOf(format: string): string {
  if (format === 'sluice') return '2025-12-31 23:59:00';
  const parts: Readonly<Record<string, string>> = {
    Y: '2025',
    y: '25',
    m: '12',
    d: '31',
    b: 'Dec',
    H: '23',
    M: '59',
    S: '00',
    f: '000',
    z: '+01:00',
  };
  return format.replace(/%(\w)/g, (all, letter: string) => parts[letter] ?? all);
}
