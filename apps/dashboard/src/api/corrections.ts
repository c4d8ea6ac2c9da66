import { fileNo } from '@sluice/core';
import { findFile } from '@sluice/ledger';
import {
  type Correctable,
  correct,
  correctable,
  exportFeed,
  onlyFeedWithRejects,
} from '@sluice/pipeline/without-redis';
import type { Visitor } from '../access/access.ts';
import type { Dashboard } from '../dashboard.ts';
import { CsvFile, csvFile } from './csv-file.ts';
import { Refusal } from './refusal.ts';
import { route } from './route.ts';
import { corrected, correctOrder, exportQuery, rejectForm, rejectPlace } from './schemas.ts';

export const rejectFormRoute = route({
  method: 'GET',
  path: '/api/rejects/{fileNo}/{line}',
  summary: 'One reject with its values and what each must be, for people who may see values',
  params: rejectPlace,
  answer: rejectForm,
  answerTo: async ({ params, visitor }, dashboard) =>
    await dashboard.servers.ask('postgres', () => rejectAt(params.fileNo, params.line, visitor, dashboard)),
});

export const correctRoute = route({
  method: 'POST',
  path: '/api/actions/correct',
  summary:
    'Loads one reject with corrected values under its file and line, once. Of people who may see values',
  body: correctOrder,
  answer: corrected,
  answerTo: async ({ body, visitor, who }, dashboard) =>
    await dashboard.servers.ask(
      'postgres',
      async () => {
        const reject = await rejectAt(body.file, body.line, visitor, dashboard);
        const values = new Map(Object.entries(body.values));
        const { outcome, problem } = await correct(reject, values, who, { sql: dashboard.acting.sql });
        const where = `line ${reject.line} of ${reject.file}`;
        const message = `${where} ${MESSAGES[outcome]}`;
        if (problem === null) return { changed: 1, message, problem };
        const { column, reason: why, expected } = problem;
        return { changed: 0, message, problem: { column, reason: why, expected } };
      },
      { patiently: true },
    ),
});

const MESSAGES: Readonly<Record<Awaited<ReturnType<typeof correct>>['outcome'], string>> = {
  inserted: 'is a row now',
  duplicate: 'is a duplicate of a row that is there',
  conflict: 'is a duplicate of a row that is there with other content; the row stays as it is',
  refused: 'is still a reject',
};

export const exportRoute = route({
  method: 'GET',
  path: '/api/rejects.csv',
  summary:
    'The open rejects of one feed as CSV, to be corrected and resubmitted, for people who may see values',
  query: exportQuery,
  answer: csvFile,
  answerTo: async ({ query, visitor }, { servers, stores: { sql } }) => {
    allowValues(visitor);
    return await servers.ask('postgres', async () => {
      const { reason, since, file, spreadsheet } = query;
      const version = file === undefined ? undefined : await findFile(sql, file);
      if (file !== undefined && version === undefined)
        throw new Refusal(404, 'not_found', `the ledger has no file ${file}`);
      const feed = version?.feed ?? query.feed ?? (await onlyFeedWithRejects({ sql }));
      const filter = {
        reason,
        since: since === undefined ? undefined : new Date(since),
        fileNo: version?.fileNo,
      };
      const o = { spreadsheet: spreadsheet === 'yes', settled: false, limit: Number.POSITIVE_INFINITY };
      return await CsvFile.begin(`rejects-${feed}.csv`, exportFeed(feed, filter, o, { sql }));
    });
  },
});

async function rejectAt(
  file: number,
  line: number,
  visitor: Visitor,
  { stores: { sql } }: Dashboard,
): Promise<Correctable> {
  allowValues(visitor);
  const found = await correctable(fileNo.parse(file), line, { sql });
  if (found === undefined)
    throw new Refusal(404, 'not_found', `the ledger has no reject at line ${line} of file ${file}`);
  return found;
}

function allowValues({ name, values }: Visitor): void {
  if (values) return;
  const hint = `"npm run sluice -- user change ${name} --values" gives that right`;
  throw new Refusal(
    403,
    'no_values',
    `${name} has no right to see values of rows, which a reject holds`,
    hint,
  );
}
