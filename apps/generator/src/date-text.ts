const ZONES = new Map<string, Intl.DateTimeFormat>();
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** A moment as text, such as `%d.%m.%Y %H:%M` writes it in a time zone. With `%z` it is written in UTC. */
export function dateText(ms: number, format: string, timeZone: string): string {
  const zone = format.includes('%z') ? 'UTC' : timeZone;
  const local = zone === 'UTC' ? new Date(ms) : new Date(ms + offsetOf(ms, zone));
  const [date = '', time = ''] = local.toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  const parts: Readonly<Record<string, string>> = {
    ...{ Y: year, y: year.slice(2), m: month, b: MONTHS[Number(month) - 1] ?? '', d: day },
    ...{ H: time.slice(0, 2), M: time.slice(3, 5), S: time.slice(6, 8), f: time.slice(9, 12), z: '+00:00' },
    '%': '%',
  };
  return format.replace(/%(.)/g, (all, letter: string) => parts[letter] ?? all);
}

/** By how many ms the clocks of a zone are ahead of UTC. */
function offsetOf(ms: number, timeZone: string): number {
  const format =
    ZONES.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  ZONES.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}
