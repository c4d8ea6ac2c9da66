import type { Field, Value } from './contract.ts';
import { readerOf } from './reading.ts';

/**
 * A text that a file of this field may have for a value, such as `31.12.2025` for the date `2025-12-31`. Undefined when there is no
 * text that reads as exactly this value, such as for the second of two equal times in autumn.
 *
 * @param value as PostgreSQL takes it, as text; '' is NULL
 * @param timeZone IANA name of the zone for times without an offset
 */
export function textOf(field: Field, value: string, timeZone: string): string | undefined {
  const read = readerOf(field, timeZone);
  const reads = (text: string): Value | undefined => {
    const found = read(text);
    return typeof found === 'object' && found !== null ? undefined : found;
  };
  const wanted = value === '' ? null : value;
  return candidates(field, value, timeZone).find((text) => {
    const found = reads(text);
    return found !== undefined && (found === null ? wanted === null : String(found) === wanted);
  });
}

function candidates(field: Field, value: string, timeZone: string): readonly string[] {
  if (value === '') return [...(field.missingValues ?? ['']), ''];
  switch (field.type) {
    case 'integer':
      return [value, grouped(value, field.groupChar)];
    case 'number': {
      const [whole = '', ...fraction] = value.split('.');
      const withFraction = (text: string) => [text, ...fraction].join(field.decimalChar ?? '.');
      return [withFraction(whole), withFraction(grouped(whole, field.groupChar))];
    }
    case 'boolean':
      return (value === 'true' ? field.trueValues : field.falseValues) ?? [value];
    case 'date':
      return [field.format === undefined ? value : written(field.format, `${value} 00:00:00`, 'UTC')];
    case 'datetime': {
      const { format = 'sluice', timezone = timeZone } = field;
      return [format === 'sluice' ? `${value}Z` : written(format, value, timezone)];
    }
    default:
      return [value];
  }
}

function grouped(digits: string, groupChar = ''): string {
  return digits.replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, () => groupChar);
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** A time in UTC as a format writes it. With an offset, the format can say that it is UTC. */
function written(format: string, utc: string, timeZone: string): string {
  const inUtc = /%z|(?:UTC|GMT|Z)$/.test(format);
  const [date = '', time = ''] = (inUtc ? utc : localOf(utc, timeZone)).split(' ');
  const [year = '', month = '', day = ''] = date.split('-');
  const [hour = '', minute = '', second = ''] = time.split(':');
  const texts: Readonly<Record<string, string>> = {
    ...{ Y: year, y: year.slice(-2), m: month, d: day, b: MONTHS[Number(month) - 1] ?? '' },
    ...{ H: hour, M: minute, S: second.slice(0, 2), f: second.slice(3) || '0', z: '+00:00', '%': '%' },
  };
  return format.replaceAll(/%(.)/gs, (directive, letter: string) => texts[letter] ?? directive);
}

function localOf(utc: string, timeZone: string): string {
  const [whole = '', fraction] = utc.split('.');
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const local = format.format(new Date(`${whole.replace(' ', 'T')}Z`));
  return fraction === undefined ? local : `${local}.${fraction}`;
}
