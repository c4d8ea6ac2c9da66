import type { Period } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { runForOne } from '../statements.ts';

const counted = z.object({ landed: z.int() });

/** How many files of a feed landed in this period, at most `limit`: whoever asks needs to know no more. */
export async function landedFiles(
  sql: Sql,
  feed: string,
  { from, to }: Pick<Period, 'from' | 'to'>,
  limit: number,
): Promise<number> {
  const asked = [feed, from.toISOString(), to.toISOString(), limit];
  return (await runForOne(sql, 'read/landed', counted, asked)).landed;
}
