import { ISO_8601 } from './contract/calendar.ts';
import { hourInUtc, instantOf } from './time-zone.ts';

const FORM =
  /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(\.\d{1,6})?(?:Z|([+-])(\d{2})(?::?(\d{2}))?)?$/;

const DAY_CHARS = 'YYYY-MM-DD'.length;
const HOUR_CHARS = 'YYYY-MM-DD HH'.length;

/** A time that is surely there, in UTC or without an offset. */
const SURE = new RegExp(`^${ISO_8601}$`);

/**
 * Reads a timestamp (ISO 8601 in the forms of docs/files.md) and gives it in UTC as `YYYY-MM-DD HH:MM:SS[.ffffff]`, or
 * undefined if it is not valid. A time without an offset is in `timeZone`, an IANA name. The calendar is checked here because
 * neither JavaScript (29 February) nor PostgreSQL (`24:00`, `infinity`) refuses every invalid time, and TIMESTAMP silently
 * drops an offset.
 */
export function utcTimestamp(text: string, timeZone: string): string | undefined {
  return (SURE.test(text) ? sureTimestamp(text, timeZone) : undefined) ?? anyTimestamp(text, timeZone);
}

/**
 * As {@link utcTimestamp}, of a time without an offset that is surely there; undefined where that one must be asked, such as when the
 * clocks change.
 */
export function sureTimestamp(text: string, timeZone: string): string | undefined {
  const isUtc = text.endsWith('Z');
  if (!isUtc && timeZone !== 'UTC') {
    const hour = hourInUtc(text, timeZone);
    return hour === undefined ? undefined : hour + text.slice(HOUR_CHARS);
  }
  if (!isUtc && text[DAY_CHARS] === ' ') return text;
  return `${text.slice(0, DAY_CHARS)} ${text.slice(DAY_CHARS + 1, isUtc ? -1 : undefined)}`;
}

function anyTimestamp(text: string, timeZone: string): string | undefined {
  const parts = FORM.exec(text);
  if (parts === null) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', sign] = parts;
  if (year === '0000' || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1) return undefined;
  if (Number(day) > daysIn(Number(year), Number(month))) return undefined;
  const bare = sign === undefined && !text.endsWith('Z');
  if (sign === undefined && (!bare || timeZone === 'UTC')) {
    return `${year}-${month}-${day} ${hour}:${minute}:${second}${fraction}`;
  }
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const at = bare ? instantOf(local, timeZone) : offsetBy(local, sign === '-', parts[9], parts[10]);
  if (at === undefined) return undefined;
  const utc = new Date(at);
  if (utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999) return undefined;
  return utc.toISOString().slice(0, 19).replace('T', ' ') + fraction;
}

function offsetBy(local: number, west: boolean, hours = '00', minutes = '00'): number | undefined {
  if (Number(hours) > 15 || Number(minutes) > 59) return undefined;
  return local - (Number(hours) * 60 + Number(minutes)) * (west ? -60_000 : 60_000);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
