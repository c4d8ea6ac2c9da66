import { EVENT_COLUMNS } from '@sluice/core';
import { FROM_NEWEST, listConflicts } from '@sluice/ledger';
import type { z } from 'zod';
import { pageOf, placeOf } from './pages.ts';
import { route } from './route.ts';
import { conflictList, conflictsQuery } from './schemas.ts';

type Values = NonNullable<z.infer<typeof conflictList>['conflicts'][number]['offered']>;

const PAGE = 50;
/** The ledger keeps the values of these, in this order. */
const COLUMNS = EVENT_COLUMNS.slice(1) as readonly (keyof Values)[];

export const conflictsRoute = route({
  method: 'GET',
  path: '/api/conflicts',
  summary: 'Duplicates whose content differs from the row that is there, with both contents',
  query: conflictsQuery,
  answer: conflictList,
  answerTo: async ({ query: { file, cursor: from }, visitor }, { servers, stores }) => {
    const asked = { file, after: placeOf(from) ?? FROM_NEWEST, limit: PAGE + 1 };
    const found = await servers.ask('postgres', () => listConflicts(stores.sql, asked));
    const { page, cursor } = pageOf(found, PAGE, ({ fileNo, line }) => `${fileNo}-${line}`);
    return {
      conflicts: page.map(({ fileNo, name, line, lastLine, eventId, offered, kept }) => ({
        ...{ fileNo, file: name, line, lastLine, eventId },
        offered: visitor.values ? valuesOf(offered) : null,
        kept: visitor.values ? kept && valuesOf(kept) : null,
        differs: COLUMNS.filter((_, i) => kept !== null && kept[i] !== offered[i]),
      })),
      cursor,
    };
  },
});

function valuesOf(contents: readonly (string | null)[]): Values {
  const [
    event_type = null,
    product_id = null,
    user_id = null,
    event_timestamp = null,
    quantity = null,
    price = null,
  ] = contents;
  return {
    ...{ event_type, product_id, user_id, event_timestamp, price },
    quantity: quantity === null ? null : Number(quantity),
  };
}
