const DAY = 86_400_000;

/** Clocks change at whole quarters of an hour (UTC) in our time, so that one question serves a quarter. */
const QUARTER = 900_000;

/** Known quarters of a zone at most: years of events, in a few megabytes. */
const KNOWN_AT_MOST = 50_000;

/** One zone: its formatter, and the offsets that it was asked for. */
interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, Zone>();

/**
 * The instant at which clocks of a zone show a time; both in ms, the time as if it were UTC. Of a time that they show
 * twice it is the first; undefined for one that they skip.
 *
 * @param timeZone an IANA name, such as `Asia/Kathmandu`
 */
export function instantOf(local: number, timeZone: string): number | undefined {
  const zone = zones.get(timeZone) ?? newZone(timeZone);
  // No zone changes its clocks twice within a day: one of these two offsets holds.
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
  // setUTCFullYear, because Date.UTC takes the years 0 to 99 for those of the 20th century.
  shown.setUTCFullYear(of('year'), of('month') - 1, of('day'));
  shown.setUTCHours(of('hour'), of('minute'), of('second'));
  if (offsets.size >= KNOWN_AT_MOST) offsets.clear();
  const offset = shown.getTime() - quarter * QUARTER;
  offsets.set(quarter, offset);
  return offset;
}
