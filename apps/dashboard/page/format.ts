/** A narrow no-break space, which goes between a number and its unit. */
const NB = '\u202f';
const grouping = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fine = (digits: number) =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const [one, two] = [fine(1), fine(2)];
const hourMinute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** Shown in place of an unknown figure. */
export const NOTHING = '\u2013';

export const count = (n: number | null): string => (n === null ? NOTHING : grouping.format(n));

/** `1 file`, `2 files`. */
export function counted(n: number, name: string, names = `${name}s`): string {
  return `${count(n)} ${n === 1 ? name : names}`;
}

/** A rate, with one decimal while it is small. */
export function rate(n: number | null): string {
  if (n === null) return NOTHING;
  return n > 0 && n < 10 ? one.format(n) : grouping.format(n);
}

export function percent(share: number | null): string {
  if (share === null || Number.isNaN(share)) return NOTHING;
  const n = share * 100;
  if (n === 0 || n === 100) return `${n}${NB}%`;
  if (n < 0.01) return `<${NB}0.01${NB}%`;
  if (n > 99 && n < 100) return `${one.format(Math.floor(n * 10) / 10)}${NB}%`;
  return `${n < 0.995 ? two.format(n) : n < 9.95 ? one.format(n) : grouping.format(n)}${NB}%`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function bytes(n: number | null): string {
  if (n === null) return NOTHING;
  let [size, unit] = [n, 0];
  while (size >= 1000 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${unit === 0 || size >= 100 ? grouping.format(size) : one.format(size)}${NB}${UNITS[unit]}`;
}

/** A span of time: `40 ms`, `14.9 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(seconds: number | null): string {
  if (seconds === null) return NOTHING;
  if (seconds < 0.0005) return `0${NB}s`;
  if (seconds < 0.1) return `${grouping.format(Math.max(1, seconds * 1000))}${NB}ms`;
  if (seconds < 59.95) return `${one.format(seconds)}${NB}s`;
  const whole = Math.round(seconds);
  const [d, h, m, s] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const parts: readonly [number, string, number, string] =
    d > 0 ? [d, 'd', h, 'h'] : h > 0 ? [h, 'h', m, 'min'] : [m, 'min', s, 's'];
  return `${parts[0]}${NB}${parts[1]}${parts[2] === 0 ? '' : ` ${parts[2]}${NB}${parts[3]}`}`;
}

/** An age or a wait, in whole seconds because it changes at every refresh anyway. */
export function wait(seconds: number | null): string {
  const whole = Math.max(0, Math.round(seconds ?? 0));
  return seconds !== null && whole < 60 ? `${whole}${NB}s` : duration(seconds === null ? null : whole);
}

/** The time of day in the reader's own zone, with the day unless it is today. */
export function timeOfDay(iso: string | null, precise = false): string {
  if (iso === null) return NOTHING;
  const date = new Date(iso);
  const time = (precise ? clock : hourMinute).format(date);
  return isSameDay(date, new Date()) ? time : `${dayOf(date)} ${time}`;
}

/** A span of time, in which both ends have a day unless both are on the same one. */
export function between(from: string, to: string): string {
  const [begin, end] = [new Date(from), new Date(to)];
  const precise = end.getTime() - begin.getTime() < 5 * 60_000;
  const time = (date: Date) => (precise ? clock : hourMinute).format(date);
  if (isSameDay(begin, end)) return `${timeOfDay(from, precise)} to ${time(end)}`;
  return `${dayOf(begin)} ${time(begin)} to ${dayOf(end)} ${time(end)}`;
}

const isSameDay = (a: Date, b: Date): boolean => a.toDateString() === b.toDateString();

/** The day, with its year unless that is the present one. */
function dayOf(date: Date): string {
  return (date.getFullYear() === new Date().getFullYear() ? day : dayOfYear).format(date);
}

/** The begin of a step of a series, with its day if the series has several. */
export function stepTime(seconds: number, stepSeconds: number, from: string, to: string): string {
  const iso = new Date(seconds * 1000).toISOString();
  if (!isSameDay(new Date(from), new Date(to)))
    return `${dayOf(new Date(iso))} ${hourMinute.format(new Date(iso))}`;
  return timeOfDay(iso, stepSeconds < 60);
}

/** An axis label: hours and minutes, or the day at midnight. */
export function tick(seconds: number, stepSeconds: number): string {
  const date = new Date(seconds * 1000);
  if (stepSeconds >= 86_400 || (date.getHours() === 0 && date.getMinutes() === 0)) return day.format(date);
  return (stepSeconds < 60 ? clock : hourMinute).format(date);
}

/** Control characters, line separators and bidirectional overrides, which could hide or reverse text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for control characters on purpose
const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** A text from a file, without characters that could hide other text. Tabs and NULs become visible too. */
export function visible(text: string): string {
  return text.replace(harmful, (found) => {
    const code = found.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** A code or a name in words: `invalid_uuid` as `invalid uuid`. */
export const words = (code: string): string => code.replaceAll('_', ' ');
