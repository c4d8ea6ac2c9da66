import type { Rights } from '@sluice/access';
import { type Contract, rejectTexts } from '@sluice/core';
import {
  countsOf,
  FROM_NEWEST,
  findFile,
  type ListedReject,
  latestRejects,
  rejectsOfFile,
  type Sql,
} from '@sluice/ledger';
import type { z } from 'zod';
import { feedsOf } from './feeds.ts';
import { pageOf, placeOf } from './pages.ts';
import { iso, route } from './route.ts';
import { namedKey } from './rows.ts';
import { rejectList, rejectsQuery } from './schemas.ts';

const PAGE = 50;

/** The active contracts by feed. */
type Contracts = ReadonlyMap<string, Contract>;

export const rejectsRoute = route({
  method: 'GET',
  path: '/api/rejects',
  summary: 'Rejects: of one file by line, or of all, the newest file first',
  query: rejectsQuery,
  answer: rejectList,
  answerTo: async ({ query, visitor }, { servers, stores: { sql } }) =>
    await servers.ask('postgres', async () => {
      const { file, cursor: from } = query;
      const feed = file === undefined ? query.feed : (await findFile(sql, file))?.feed;
      const [found, counts, contracts] = await Promise.all([
        pageAfter(sql, query, placeOf(from)),
        countsOf(sql, 'reject', feed ?? null),
        contractsOf(sql),
      ]);
      const { page, cursor } = pageOf(found, PAGE, ({ fileNo, line }) => `${fileNo}-${line}`);
      const own = feed === undefined ? contracts : new Map([...contracts].filter(([name]) => name === feed));
      return {
        rejects: page.map((reject) => shownReject(reject, visitor, contracts)),
        reasons: counts.map(({ name, count }) => ({ name, count, means: meaningOf(name, own) })),
        cursor,
      };
    }),
});

async function pageAfter(
  sql: Sql,
  { feed, file, reason, since }: z.infer<typeof rejectsQuery>,
  after: ReturnType<typeof placeOf>,
): Promise<ListedReject[]> {
  const limit = PAGE + 1;
  if (file !== undefined)
    return await rejectsOfFile(sql, file, { reason, afterLine: after?.[1] ?? 0, limit });
  const from = since === undefined ? undefined : new Date(since);
  return await latestRejects(sql, { feed, reason, since: from, after: after ?? FROM_NEWEST, limit });
}

export async function contractsOf(sql: Sql): Promise<Contracts> {
  return new Map((await feedsOf(sql)).map(({ feed, contract }) => [feed, contract]));
}

/** What would have been accepted, by the contract. Feeds that expect different things are named. */
function meaningOf(code: string, contracts: Contracts): string {
  const known = [...contracts].flatMap(([feed, contract]) => {
    const text = rejectTexts(contract)[code];
    return text === undefined ? [] : [[text, feed] as const];
  });
  const texts = [...Map.groupBy(known, ([text]) => text)];
  const [only] = texts;
  if (texts.length === 1) return only?.[0] ?? '';
  return texts.map(([text, own]) => `${text} (${own.map(([, feed]) => feed).join(', ')})`).join('; ');
}

/** A reject as this visitor may see it. */
export function shownReject(
  found: ListedReject,
  { values }: Rights,
  contracts: Contracts,
): z.infer<typeof rejectList>['rejects'][number] {
  const { feed, fileNo, name, line, lastLine, col, code, expected, raw, resubmittedAt, resubmittedAs } =
    found;
  const contract = contracts.get(feed);
  return {
    ...{ feed, fileNo, file: name, line, lastLine, column: col, reason: code, expected, resubmittedAs },
    raw: values ? raw : null,
    resubmittedAt: iso(resubmittedAt),
    resubmittedKey: contract ? namedKey(contract, resubmittedAs, found.resubmittedKey) : null,
  };
}
