import { z } from 'zod';
import { instantAfter, localTime } from './time-zone.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** 5 January 1970, a Monday, in days since 1 January 1970. Periods of several days are counted from it, so weeks begin on Monday. */
const MONDAY = 4;

export const expectationSchema = z.object({
  /** Milliseconds. */
  every: z.int().positive(),
  /** The minute of the period's last day by which the files must be there; null: until its end. */
  by: z.int().positive().nullable(),
  timeZone: z.string(),
  files: z.int().positive(),
});

/** How many files of a feed are to come in each period. */
export type Expectation = Readonly<z.output<typeof expectationSchema>>;

/** From the first instant to the one after its last, and when its files have to be there. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
  readonly due: Date;
}

/** Whether the periods are days of the calendar, or several of them. Other periods are simply the time before now. */
export function isOfDays({ every }: Pick<Expectation, 'every'>): boolean {
  return every % DAY === 0;
}

/** The period that is running, and of days also the one before it, whose files may still be late. */
export function periodsOf(expectation: Expectation, now: Date): readonly [Period, ...Period[]] {
  const { every, timeZone } = expectation;
  if (!isOfDays(expectation)) return [{ from: new Date(now.getTime() - every), to: now, due: now }];
  const days = every / DAY;
  const today = Math.floor(localTime(now.getTime(), timeZone) / DAY);
  const first = MONDAY + days * Math.floor((today - MONDAY) / days);
  return [periodOf(first, expectation), periodOf(first - days, expectation)];
}

/** The period that begins on this day. Its days are those of the zone, so one of them may have 23 or 25 hours. */
function periodOf(first: number, { every, by, timeZone }: Expectation): Period {
  const at = (local: number) => new Date(instantAfter(local, timeZone));
  const end = first * DAY + every;
  const to = at(end);
  return { from: at(first * DAY), to, due: by === null ? to : at(end - DAY + by * MINUTE) };
}

/** An expectation that is missed now, and how many of its files have come. */
export interface Missed {
  readonly period: Period;
  readonly landed: number;
}

/**
 * Which period is missed now; undefined when none is. A file counts for the period in which it landed. A period that has ended is
 * missed until as many files as it lacked have come, and longest until the next one is due.
 *
 * @param landed how many files landed in each of {@link periodsOf}
 * @param since when the feed came into use: what was due before cannot be missed
 */
export function missedPeriod(
  { files }: Expectation,
  periods: readonly [Period, ...Period[]],
  landed: readonly number[],
  { now, since }: { readonly now: Date; readonly since: Date },
): Missed | undefined {
  const [period, before] = periods;
  const [come = 0, cameBefore = 0] = landed;
  if (now >= period.due) {
    const isOld = period.to > now || period.from >= since;
    return come < files && isOld ? { period, landed: come } : undefined;
  }
  if (before === undefined || before.from < since) return undefined;
  const still = cameBefore + come;
  return still < files ? { period: before, landed: still } : undefined;
}
