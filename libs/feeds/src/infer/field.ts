import { pairOf, type Wishes, type Words } from './booleans.ts';
import { CLEAR_WORDS, Column, total } from './column.ts';
import { type DateStyle, exampleOf } from './dates.ts';
import { datesOf, type Habits, isMost, numbersOf } from './habits.ts';
import { counts, grouped, type Inferred, typed } from './inferred.ts';
import type { NumberStyle } from './numbers.ts';

const DATE_NAME = /(^|_)(date|datum|day|tag|dt|on)(_|$)/;

/** Decides what a column holds. `name`: its name in the table. */
export function infer(column: Column, name: string, habits: Habits, wishes: Wishes): Inferred {
  const pair = pairOf(column, wishes);
  if (pair !== undefined) return asBoolean(column, pair);
  const numbers = numbersOf(column, habits);
  const dates = datesOf(column, habits);
  const uuids = column.looks.get('uuid')?.count ?? 0;
  if (numbers !== undefined && isMost(column, numbers.fits)) {
    const days = numbers.shapes.join() === 'whole' && column.compactDays === column.values;
    if (days && DATE_NAME.test(name))
      return typed(column, { type: 'date', format: '%Y%m%d' }, ['whole'], ['like 20251231']);
    return asNumber(column, numbers);
  }
  if (dates !== undefined && isMost(column, dates.fits)) return asDate(column, dates);
  if (isMost(column, uuids)) return typed(column, { type: 'string', format: 'uuid' }, ['uuid'], []);
  return asText(column);
}

function asBoolean(column: Column, { yes, no }: Words): Inferred {
  const words = { type: 'boolean', trueValues: yes, falseValues: no };
  return typed(column, words, [...column.looks.keys()], []);
}

function asNumber(column: Column, style: NumberStyle): Inferred {
  const { type, decimalChar, groupChar, digits, unclear } = style;
  const [before, after] = digits;
  const words = {
    type,
    ...(unclear !== null
      ? { decimalChar: '?' }
      : decimalChar === '.' || type === 'integer'
        ? {}
        : { decimalChar }),
    ...(groupChar !== null && { groupChar }),
    ...(type === 'number' && { digits: [Math.max(10, before + 2), Math.max(2, after)] }),
  };
  const size =
    type === 'number'
      ? `at most ${before} digits before and ${after} after the mark`
      : `at most ${before} ${before === 1 ? 'digit' : 'digits'}`;
  const onlyBits =
    type === 'integer' && [...(column.distinct ?? [])].every(([word]) => word === '0' || word === '1');
  const seen = [
    size,
    ...(column.negative > 0 ? [`${grouped(column.negative)} negative`] : []),
    ...(onlyBits && column.distinct !== null
      ? [
          'only 0 and 1: for a boolean use --bits, or write type: boolean, trueValues: ["1"], falseValues: ["0"]',
        ]
      : []),
  ];
  const other = unclear === '.' ? ',' : '.';
  const text = `is 1${unclear}234 one and a fraction (decimalChar: "${unclear}") or one thousand (decimalChar: "${other}", groupChar: "${unclear}")?`;
  return {
    ...typed(column, words, style.shapes, seen),
    question: unclear === null ? null : { word: 'decimalChar', text },
  };
}

function asDate(column: Column, { type, format, choices, bare, looks }: DateStyle): Inferred {
  const example = exampleOf(format);
  const words = {
    type,
    ...(choices.length > 0 ? { format: '?' } : format !== 'sluice' && format !== '%Y-%m-%d' && { format }),
    ...(/UTC|GMT/.test(format) && { timezone: 'UTC' }),
  };
  const read = typed(column, words, looks, choices.length > 0 ? [] : [`like ${example}`]);
  if (choices.length === 0) return { ...read, bare };
  const ways = choices.map((choice) => `"${choice}"`).join(' or ');
  const why = format.includes('%y')
    ? `years have two digits: is ${ways} right, where 00 to 68 are 2000 to 2068?`
    : 'the day or the month first? No number is above 12:';
  return {
    ...read,
    bare,
    question: { word: 'format', text: format.includes('%y') ? why : `${why} ${ways}` },
  };
}

function asText(column: Column): Inferred {
  const words = { type: 'string' };
  const inText = [...column.missing].filter(([word]) => word === '' || CLEAR_WORDS.includes(word));
  // A word such as "-" is a value here.
  const others = total(column.missing) - total(new Map(inText));
  const longest = Math.max(column.longest, others > 0 ? 4 : 0);
  const empty = column.values + others === 0;
  const size = empty ? 'always empty' : `at most ${longest} ${longest === 1 ? 'character' : 'characters'}`;
  return {
    words,
    required: inText.length === 0,
    maxLength: empty ? null : roomFor(longest),
    absent: inText.map(([word]) => word),
    missing: [],
    seen: [...counts(column.values + others, new Map(inText)), size],
    question: null,
    outliers: [],
    bare: false,
    looks: null,
  };
}

/** Says whether a column rejects a value, as far as the looks of its values tell. */
export function refuses({ looks, required, words }: Inferred, text: string): boolean {
  const probe = new Column(null);
  probe.add(text, { sample: 0, line: 0 });
  const [look] = probe.looks.keys();
  if (look === undefined) return required;
  const { trueValues, falseValues } = words;
  if (Array.isArray(trueValues) && Array.isArray(falseValues))
    return ![...trueValues, ...falseValues].includes(text);
  return looks !== null && !looks.includes(look);
}

/** A length with room for longer values; null means any. */
function roomFor(longest: number): number | null {
  return [10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((length) => length >= longest * 1.25) ?? null;
}
