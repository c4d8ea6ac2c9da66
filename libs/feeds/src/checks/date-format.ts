/** What each part of a date format gives. `%b` is the short English name of a month. */
const PARTS: Readonly<Record<string, string>> = {
  '%Y': 'year',
  '%y': 'year',
  '%m': 'month',
  '%b': 'month',
  '%d': 'day',
  '%H': 'hour',
  '%M': 'minute',
  '%S': 'second',
  '%f': 'fraction',
  '%z': 'offset',
};

const DATE = ['year', 'month', 'day'];
const TIME = ['hour', 'minute', 'second', 'fraction', 'offset'];

/** What is wrong with the format of a date or datetime; undefined when nothing is. */
export function dateFormatFault(type: 'date' | 'datetime', format: string): string | undefined {
  if (type === 'datetime' && format === 'sluice') return undefined;
  const given = format.match(/%./gsu) ?? [];
  const unknown = given.find((part) => part !== '%%' && PARTS[part] === undefined);
  if (unknown !== undefined || format.replaceAll(/%./gsu, '').includes('%')) {
    return `${Object.keys(PARTS).join(' ')} and literals, with %% for a percent sign${unknown === undefined ? '' : `; there is no ${unknown}`}`;
  }
  const parts = given.flatMap((part) => PARTS[part] ?? []);
  const twice = parts.find((part, i) => parts.indexOf(part) !== i);
  if (twice !== undefined) return `a format that gives the ${twice} once`;
  const lacks = DATE.filter((part) => !parts.includes(part));
  if (lacks.length > 0)
    return `a format with year, month and day, such as %d.%m.%Y; it has no ${lacks.join(', ')}`;
  const time = parts.find((part) => TIME.includes(part));
  if (type === 'date') return time === undefined ? undefined : `a format without ${time}, or type: datetime`;
  for (const [part, needs] of [
    ['fraction', 'second'],
    ['second', 'minute'],
    ['minute', 'hour'],
  ] as const) {
    if (parts.includes(part) && !parts.includes(needs))
      return `a format that gives the ${needs} as well as the ${part}`;
  }
  return undefined;
}
