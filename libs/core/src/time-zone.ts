const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** The first instant whose year has five digits. */
const LAST = Date.UTC(10_000, 0);

/** Modern time zones change their clocks only at whole quarters of an hour (UTC), so one lookup serves a whole quarter. */
const QUARTER = 900_000;

/** How many days, quarters and hours of a zone are remembered: those of many years, in a few megabytes. */
const KNOWN_AT_MOST = 50_000;

/** One zone: its formatter, and the offsets that were looked up. */
interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** By the instants to which they belong. */
  readonly offsets: Map<number, number>;
  /** Hours of local time in UTC, null where an hour is not one in UTC too. */
  readonly hours: Map<number, string | null>;
}

const zones = new Map<string, Zone>();

/**
 * The instant at which the clocks of a zone show a local time. Both are in ms, and the local time is given as if it were UTC.
 * If the clocks show that time twice, the result is the first instant. If they skip it, the result is undefined.
 *
 * @param timeZone an IANA name, such as `Asia/Kathmandu`
 */
export function instantOf(local: number, timeZone: string): number | undefined {
  const zone = zones.get(timeZone) ?? newZone(timeZone);
  // No zone changes its clocks twice within a day, so one of these two offsets holds. The first instant is that of the larger one.
  const [before, after] = [offsetAt(local - DAY, zone), offsetAt(local + DAY, zone)];
  return at(local, Math.max(before, after), zone) ?? at(local, Math.min(before, after), zone);
}

/** The instant at which the clocks show a local time, if they are as far ahead of UTC then. */
function at(local: number, offset: number, zone: Zone): number | undefined {
  return offsetAt(local - offset, zone) === offset ? local - offset : undefined;
}

/** What the clocks of a zone show at an instant, in ms as if it were UTC. */
export function localTime(instant: number, timeZone: string): number {
  return instant + offsetAt(instant, zones.get(timeZone) ?? newZone(timeZone));
}

/** The first instant at which the clocks of a zone show this local time, or a later one where they skip it. */
export function instantAfter(local: number, timeZone: string): number {
  let shown = local;
  let at = instantOf(shown, timeZone);
  // No clock has ever skipped more than a day, and none skips a part of a minute.
  while (at === undefined) {
    shown += MINUTE;
    at = instantOf(shown, timeZone);
  }
  return at;
}

/** From this year on, every zone is ahead of UTC or behind it by whole quarters of an hour. */
const QUARTERS_SINCE = 1973;

/**
 * The hour of UTC, as `YYYY-MM-DD HH`, that is this hour of a zone from its first to its last second. Undefined when there is none,
 * such as in zones that are ahead by half an hour, and when the clocks change.
 *
 * @param local a day and a time that exist, as `YYYY-MM-DD HH` with more behind it
 */
export function hourInUtc(local: string, timeZone: string): string | undefined {
  const [year, month] = [100 * digits(local, 0) + digits(local, 2), digits(local, 5)];
  if (year < QUARTERS_SINCE) return undefined;
  const [day, hour] = [digits(local, 8), digits(local, 11)];
  const { hours } = zones.get(timeZone) ?? newZone(timeZone);
  // A number: a part of the text as a key would keep the whole text of a block in memory (I8).
  const key = ((year * 13 + month) * 32 + day) * 24 + hour;
  let found = hours.get(key);
  if (found === undefined) {
    found = wholeHour(Date.UTC(year, month - 1, day, hour), timeZone);
    if (hours.size >= KNOWN_AT_MOST) hours.clear();
    hours.set(key, found);
  }
  return found ?? undefined;
}

function wholeHour(local: number, timeZone: string): string | null {
  const from = instantOf(local, timeZone);
  if (from === undefined || (local - from) % HOUR !== 0 || from >= LAST) return null;
  for (let quarter = QUARTER; quarter < HOUR; quarter += QUARTER)
    if (instantOf(local + quarter, timeZone) !== from + quarter) return null;
  return new Date(from).toISOString().slice(0, 'YYYY-MM-DD HH'.length).replace('T', ' ');
}

/** The number of two digits at this place. */
function digits(text: string, at: number): number {
  return 10 * text.charCodeAt(at) + text.charCodeAt(at + 1) - 11 * 48;
}

function newZone(timeZone: string): Zone {
  const two = '2-digit';
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    ...{ timeZone, year: 'numeric', month: two, day: two },
    ...{ hour: two, minute: two, second: two, hourCycle: 'h23' },
  });
  const zone = { format, offsets: new Map<number, number>(), hours: new Map<number, string | null>() };
  zones.set(timeZone, zone);
  return zone;
}

/**
 * How far ahead of UTC the clocks of a zone are at an instant, in ms. A day at both ends of which they are as far ahead has no change,
 * because no zone changes its clocks twice within a day.
 */
function offsetAt(instant: number, zone: Zone): number {
  const day = instant - modulo(instant, DAY);
  const offset = offsetFrom(day, zone);
  return offset === offsetFrom(day + DAY, zone)
    ? offset
    : offsetFrom(instant - modulo(instant, QUARTER), zone);
}

function offsetFrom(instant: number, { format, offsets }: Zone): number {
  const known = offsets.get(instant);
  if (known !== undefined) return known;
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const shown = new Date(0);
  // setUTCFullYear, because Date.UTC reads the years 0 to 99 as 1900 to 1999.
  shown.setUTCFullYear(of('year'), of('month') - 1, of('day'));
  shown.setUTCHours(of('hour'), of('minute'), of('second'));
  if (offsets.size >= KNOWN_AT_MOST) offsets.clear();
  const offset = shown.getTime() - instant;
  offsets.set(instant, offset);
  return offset;
}

/** Instants before 1970 are negative. */
function modulo(instant: number, unit: number): number {
  return ((instant % unit) + unit) % unit;
}
