import { contentOf, type Field, type Value } from '@sluice/core';
import { FROM_NEWEST, listConflicts } from '@sluice/ledger';
import { pageOf, placeOf } from './pages.ts';
import { route } from './route.ts';
import { conflictList, conflictsQuery } from './schemas.ts';

const PAGE = 50;

export const conflictsRoute = route({
  method: 'GET',
  path: '/api/conflicts',
  summary: 'Duplicates whose content differs from the row that is there, with both contents',
  query: conflictsQuery,
  answer: conflictList,
  answerTo: async ({ query: { feed, file, cursor: from }, visitor }, { servers, stores }) => {
    const asked = { feed, file, after: placeOf(from) ?? FROM_NEWEST, limit: PAGE + 1 };
    const found = await servers.ask('postgres', () => listConflicts(stores.sql, asked));
    // The ledger keeps the values of these fields, in this order.
    const fields = contentOf(stores.sql.contract);
    const { page, cursor } = pageOf(found, PAGE, ({ fileNo, line }) => `${fileNo}-${line}`);
    return {
      conflicts: page.map(({ fileNo, name, line, lastLine, eventId, offered, kept }) => ({
        ...{ fileNo, file: name, line, lastLine, eventId },
        offered: visitor.values ? valuesOf(offered, fields) : null,
        kept: visitor.values ? kept && valuesOf(kept, fields) : null,
        differs: fields.flatMap(({ name: column }, i) =>
          kept !== null && kept[i] !== offered[i] ? [column] : [],
        ),
      })),
      cursor,
    };
  },
});

function valuesOf(contents: readonly (string | null)[], fields: readonly Field[]): Record<string, Value> {
  return Object.fromEntries(
    fields.map(({ name, type }, i) => {
      const value = contents[i] ?? null;
      return [name, type === 'integer' && value !== null ? Number(value) : value];
    }),
  );
}
