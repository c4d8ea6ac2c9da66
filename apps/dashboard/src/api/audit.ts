import { listAudit } from '@sluice/ledger';
import { numberOf, pageOf } from './pages.ts';
import { iso, route } from './route.ts';
import { auditList, pageQuery } from './schemas.ts';

const PAGE = 50;

export const auditRoute = route({
  method: 'GET',
  path: '/api/audit',
  summary: 'What operators did, newest first',
  query: pageQuery,
  answer: auditList,
  answerTo: async ({ query }, { servers, stores }) => {
    const asked = { after: numberOf(query.cursor), limit: PAGE + 1 };
    const found = await servers.ask('postgres', () => listAudit(stores.sql, asked));
    const { page, cursor } = pageOf(found, PAGE, ({ auditNo }) => String(auditNo));
    return { entries: page.map((entry) => ({ ...entry, doneAt: iso(entry.doneAt) })), cursor };
  },
});
