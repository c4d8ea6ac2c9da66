import {
  type Expectation,
  isOfDays,
  localTime,
  type Missed,
  missedPeriod,
  type Period,
  periodsOf,
} from '@sluice/core';
import { type LedgerFeed, landedFiles, type Sql } from '@sluice/ledger';
import { printDuration } from '@sluice/process';

/** A feed whose files have not come when its YAML says so. */
export interface MissedExpectation extends Missed {
  readonly feed: string;
  readonly expect: Expectation;
}

/** The feeds in use whose expectation is missed now. */
export async function missedExpectations(
  sql: Sql,
  known: readonly LedgerFeed[],
  now = new Date(),
): Promise<MissedExpectation[]> {
  const found: MissedExpectation[] = [];
  for (const { feed, expect, inUseSince: since, retiredAt } of known) {
    if (expect === null || retiredAt !== null) continue;
    const periods = periodsOf(expect, now);
    const landed: number[] = [];
    for (const period of periods) landed.push(await landedFiles(sql, feed, period, expect.files));
    const missed = missedPeriod(expect, periods, landed, { now, since });
    if (missed !== undefined) found.push({ feed, expect, ...missed });
  }
  return found;
}

/** What is expected, in words: `1 file every 1d by 06:30 (Europe/Berlin)`. */
export function expectationText(expect: Expectation): string {
  const { every, by, timeZone, files } = expect;
  const time = by === null ? '' : ` by ${timeOf(by)}`;
  const zone = isOfDays(expect) ? ` (${timeZone})` : '';
  return `${files} ${files === 1 ? 'file' : 'files'} every ${printDuration(every)}${time}${zone}`;
}

/** What has not come, in one sentence. */
export function missedText({ feed, expect, period, landed }: MissedExpectation): string {
  const came = landed === 0 ? 'none has come' : `only ${landed} ${landed === 1 ? 'has' : 'have'} come`;
  return `the feed ${feed} expects ${expectationText(expect)}, and ${came} ${whenOf(expect, period)}`;
}

function whenOf(expect: Expectation, { from, to }: Period): string {
  if (!isOfDays(expect)) return `in the last ${printDuration(expect.every)}`;
  const day = (at: number) => new Date(localTime(at, expect.timeZone)).toISOString().slice(0, 10);
  const [first, last] = [day(from.getTime()), day(to.getTime() - 1)];
  return first === last ? `for ${first}` : `for ${first} to ${last}`;
}

function timeOf(minute: number): string {
  const two = (count: number) => String(count).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
