import { type Contract, contentOf } from '@sluice/core';
import { FROM_NEWEST, type ListedConflict, listConflicts } from '@sluice/ledger';
import type { z } from 'zod';
import { contractAt } from './feeds.ts';
import { pageOf, placeOf } from './pages.ts';
import { route } from './route.ts';
import { namedKey, namedValues, sensitiveContent } from './rows.ts';
import { conflictList, conflictsQuery } from './schemas.ts';

const PAGE = 50;

export const conflictsRoute = route({
  method: 'GET',
  path: '/api/conflicts',
  summary: 'Duplicates whose content differs from the row that is there, with both contents',
  query: conflictsQuery,
  answer: conflictList,
  answerTo: async ({ query: { feed, file, cursor: from }, visitor }, { servers, stores: { sql } }) => {
    const asked = { feed, file, after: placeOf(from) ?? FROM_NEWEST, limit: PAGE + 1 };
    return await servers.ask('postgres', async () => {
      const found = await listConflicts(sql, asked);
      const { page, cursor } = pageOf(found, PAGE, ({ fileNo, line }) => `${fileNo}-${line}`);
      const conflicts = await Promise.all(
        page.map(async (one) => shown(one, await contractAt(sql, one.contractNo), visitor.values)),
      );
      return { conflicts, cursor };
    });
  },
});

function shown(
  { fileNo, feed, name, line, lastLine, eventId, key, offered, kept }: ListedConflict,
  contract: Contract,
  withValues: boolean,
): z.infer<typeof conflictList>['conflicts'][number] {
  const fields = contentOf(contract);
  const [theirs, own] = [namedValues(fields, offered), kept && namedValues(fields, kept)];
  return {
    ...{ fileNo, feed, file: name, line, lastLine, eventId },
    key: namedKey(contract, eventId, key),
    offered: withValues ? theirs : null,
    kept: withValues ? own : null,
    differs: Object.keys(theirs).filter((column) => own !== null && own[column] !== theirs[column]),
    sensitive: sensitiveContent(contract),
  };
}
