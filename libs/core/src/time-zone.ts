const DAY = 86_400_000;

/** Modern time zones change their clocks only at whole quarters of an hour (UTC), so one lookup serves a whole quarter. */
const QUARTER = 900_000;

/** How many quarters of a zone are remembered: more than a year of events, in a few megabytes. */
const KNOWN_AT_MOST = 50_000;

/** One zone: its formatter, and the offsets that were looked up. */
interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<number, number>;
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
  // No zone changes its clocks twice within a day, so one of these two offsets holds.
  const candidates = [offsetAt(local - DAY, zone), offsetAt(local + DAY, zone)].map(
    (offset) => local - offset,
  );
  return candidates.filter((at) => at + offsetAt(at, zone) === local).sort((a, b) => a - b)[0];
}

function newZone(timeZone: string): Zone {
  const two = '2-digit';
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    ...{ timeZone, year: 'numeric', month: two, day: two },
    ...{ hour: two, minute: two, second: two, hourCycle: 'h23' },
  });
  const zone = { format, offsets: new Map<number, number>() };
  zones.set(timeZone, zone);
  return zone;
}

/** How far ahead of UTC the clocks of a zone are at an instant, in ms. */
function offsetAt(instant: number, { format, offsets }: Zone): number {
  const quarter = Math.floor(instant / QUARTER);
  const known = offsets.get(quarter);
  if (known !== undefined) return known;
  const parts = new Map(format.formatToParts(quarter * QUARTER).map(({ type, value }) => [type, value]));
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const shown = new Date(0);
  // setUTCFullYear, because Date.UTC reads the years 0 to 99 as 1900 to 1999.
  shown.setUTCFullYear(of('year'), of('month') - 1, of('day'));
  shown.setUTCHours(of('hour'), of('minute'), of('second'));
  if (offsets.size >= KNOWN_AT_MOST) offsets.clear();
  const offset = shown.getTime() - quarter * QUARTER;
  offsets.set(quarter, offset);
  return offset;
}
