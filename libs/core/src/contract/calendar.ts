/**
 * The days that each of these months has in every year, as parts of regular expressions. 29 February is left out, because an
 * expression cannot tell in which years there is one.
 */
const DAYS = [
  { day: '(?:0[1-9]|1\\d|2[0-8])', month: '(?:0[1-9]|1[0-2])' },
  { day: '(?:29|30)', month: '(?:0[13-9]|1[0-2])' },
  { day: '31', month: '(?:0[13578]|1[02])' },
];

/** The form of a year, an hour, a minute and a second, of four digits and of two. */
export const YEAR = '(?!0000)\\d\\d\\d\\d';
export const HOUR = '(?:[01]\\d|2[0-3])';
export const MINUTE = '[0-5]\\d';

/** A form that only days take which are surely there. `write` gives the form of a date with this day and this month. */
export function surely(write: (day: string, month: string) => string): string {
  return `(?:${DAYS.map(({ day, month }) => write(day, month)).join('|')})`;
}

/** Days and times as PostgreSQL takes them. */
export const ISO_DAY = `${YEAR}-${surely((day, month) => `${month}-${day}`)}`;
const TIME = `${HOUR}:${MINUTE}:${MINUTE}(?:\\.\\d{1,6})?`;
export const ISO_TIME = `${ISO_DAY} ${TIME}`;

/** Times that are in UTC or have no zone, in the forms of ISO 8601. */
export const ISO_8601 = `${ISO_DAY}[ T]${TIME}Z?`;
