import { type Column, kindOf } from './column.ts';
import { type DateStyle, dateStyle, startsWithDay } from './dates.ts';
import { type NumberStyle, numberStyle } from './numbers.ts';

/** What the columns of a file show together. */
export interface Habits {
  readonly decimalChar: string | undefined;
  readonly dayFirst: boolean | undefined;
}

const NO_HABITS: Habits = { decimalChar: undefined, dayFirst: undefined };

/** One value of a hundred may look unlike the others, and be a reject, before the type of a column gives way. */
const OUTLIERS_PER_VALUE = 0.01;

/** What the clear columns of a file show about the others. */
export function habitsOf(columns: readonly Column[]): Habits {
  const marks = new Set<string>();
  const orders = new Set<boolean>();
  for (const column of columns) {
    const number = numbersOf(column, NO_HABITS);
    const shown = number?.type === 'number' || number?.groupChar === '.' || number?.groupChar === ',';
    if (number?.unclear === null && shown && isMost(column, number.fits)) marks.add(number.decimalChar);
    const date = datesOf(column, NO_HABITS);
    const order = date?.choices.length === 0 ? startsWithDay(date.format) : undefined;
    if (date !== undefined && order !== undefined && isMost(column, date.fits)) orders.add(order);
  }
  return { decimalChar: only(marks), dayFirst: only(orders) };
}

function only<T>(set: ReadonlySet<T>): T | undefined {
  return set.size === 1 ? [...set][0] : undefined;
}

/** True when nearly all values of a column are among those that fit. */
export function isMost({ values }: Column, fits: number): boolean {
  return fits > 0 && values - fits <= values * OUTLIERS_PER_VALUE;
}

/** How the numbers of a column are written; undefined when it has none, or codes that only look like numbers. */
export function numbersOf({ looks }: Column, { decimalChar }: Habits): NumberStyle | undefined {
  const numbers = [...looks].flatMap(([look, tally]) =>
    kindOf(look) === 'number' ? [[look, tally] as const] : [],
  );
  return looks.has('code') ? undefined : numberStyle(new Map(numbers), decimalChar);
}

/** How the days of a column are written; undefined when it has none. */
export function datesOf({ looks }: Column, { dayFirst }: Habits): DateStyle | undefined {
  const dates = [...looks].flatMap(([look, { count }]) =>
    kindOf(look) === 'date' ? [[look, count] as const] : [],
  );
  return dateStyle(new Map(dates), dayFirst);
}
