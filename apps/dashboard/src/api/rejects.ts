import type { Rights } from '@sluice/access';
import { type RejectTexts, rejectTexts } from '@sluice/core';
import { countsOf, FROM_NEWEST, type ListedReject, latestRejects, rejectsOfFile } from '@sluice/ledger';
import type { z } from 'zod';
import { pageOf, placeOf } from './pages.ts';
import { iso, route } from './route.ts';
import { rejectList, rejectsQuery } from './schemas.ts';

const PAGE = 50;

export const rejectsRoute = route({
  method: 'GET',
  path: '/api/rejects',
  summary: 'Rejects: of one file by line, or of all, the newest file first',
  query: rejectsQuery,
  answer: rejectList,
  answerTo: async (
    { query: { feed, file, reason, since, cursor: from }, visitor },
    { servers, stores: { sql } },
  ) => {
    const after = placeOf(from);
    const limit = PAGE + 1;
    const [found, counts] = await servers.ask('postgres', () =>
      Promise.all([
        file === undefined
          ? latestRejects(sql, {
              feed,
              reason,
              since: since === undefined ? undefined : new Date(since),
              after: after ?? FROM_NEWEST,
              limit,
            })
          : rejectsOfFile(sql, file, { reason, afterLine: after?.[1] ?? 0, limit }),
        countsOf(sql, 'reject', feed ?? null),
      ]),
    );
    const { page, cursor } = pageOf(found, PAGE, ({ fileNo, line }) => `${fileNo}-${line}`);
    const meanings: Partial<RejectTexts> = rejectTexts(sql.contract);
    return {
      rejects: page.map((reject) => shownReject(reject, visitor)),
      reasons: counts.map(({ name, count }) => ({
        name,
        count,
        means: meanings[name as keyof RejectTexts] ?? '',
      })),
      cursor,
    };
  },
});

/** A reject as this visitor may see it. */
export function shownReject(
  found: ListedReject,
  { values }: Rights,
): z.infer<typeof rejectList>['rejects'][number] {
  const { fileNo, name, line, lastLine, col, code, expected, raw, resubmittedAt, resubmittedAs } = found;
  return {
    ...{ fileNo, file: name, line, lastLine, column: col, reason: code, expected, resubmittedAs },
    raw: values ? raw : null,
    resubmittedAt: iso(resubmittedAt),
  };
}
