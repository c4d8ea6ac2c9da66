import type { Rights } from '@sluice/access';
import { QUARANTINE_REASONS, strayQuotesInWords } from '@sluice/core';
import {
  batchesOfFile,
  findFile,
  type ListedFile,
  listFiles,
  pointsOf,
  quarantinedPage,
  rejectsOfFile,
  type Sql,
  stateOfVersion,
  versionsOf,
  type WholeFile,
} from '@sluice/ledger';
import { z } from 'zod';
import { ifAllowed } from '../reader.ts';
import { numberOf, pageOf } from './pages.ts';
import { Refusal } from './refusal.ts';
import { contractsOf, shownReject } from './rejects.ts';
import { iso, route } from './route.ts';
import { feedPageQuery, fileList, fileNoParam, filePage, filesQuery, quarantineList } from './schemas.ts';

const PAGE = 50;
const BATCHES = 100;
const VERSIONS = 50;

export const filesRoute = route({
  method: 'GET',
  path: '/api/files',
  summary: 'File versions, newest first',
  query: filesQuery,
  answer: fileList,
  answerTo: async ({ query }, { servers, stores }) => {
    const { feed, search, state } = query;
    const asked = { feed, search, state, after: numberOf(query.cursor), limit: PAGE + 1 };
    const found = await servers.ask('postgres', () => listFiles(stores.sql, asked));
    const { page, cursor } = pageOf(found, PAGE, ({ fileNo }) => String(fileNo));
    return { files: page.map(brief), cursor };
  },
});

export const fileRoute = route({
  method: 'GET',
  path: '/api/files/{fileNo}',
  summary: 'One file version: what became of its records, when, and in which batches',
  params: z.object({ fileNo: fileNoParam }),
  answer: filePage,
  answerTo: async ({ params: { fileNo }, visitor }, { servers, stores: { sql } }) => {
    const file = await servers.ask('postgres', () => findFile(sql, fileNo));
    if (file === undefined) throw new Refusal(404, 'not_found', `the ledger has no file ${fileNo}`);
    return await servers.ask('postgres', () => pageOfFile(sql, file, visitor));
  },
});

export const quarantineRoute = route({
  method: 'GET',
  path: '/api/quarantine',
  summary: 'Files that could not be read, or not further, newest first',
  query: feedPageQuery,
  answer: quarantineList,
  answerTo: async ({ query }, { servers, stores }) => {
    const after = numberOf(query.cursor);
    const found = await servers.ask('postgres', () =>
      quarantinedPage(stores.sql, after, PAGE + 1, { feed: query.feed ?? null }),
    );
    const { page, cursor } = pageOf(found, PAGE, ({ fileNo }) => String(fileNo));
    return {
      files: page.map((file) => ({
        fileNo: file.fileNo,
        feed: file.feed,
        name: file.name,
        reason: file.quarantine,
        means: meaningOf(file.quarantine) ?? '',
        detail: file.quarantineDetail,
        lastLine: file.lastLine,
        records: file.records,
        rows: file.rows,
        rejects: file.rejects,
        closedAt: iso(file.closedAt),
        movedTo: file.movedTo ?? file.movingTo,
        correctedBy: file.correctedBy,
      })),
      cursor,
    };
  },
});

async function pageOfFile(sql: Sql, file: WholeFile, visitor: Rights): Promise<z.infer<typeof filePage>> {
  const [batches, rejects, versions, contracts] = await Promise.all([
    batchesOfFile(sql, file.fileNo, BATCHES + 1),
    ifAllowed(rejectsOfFile(sql, file.fileNo, { afterLine: 0, limit: PAGE + 1 })),
    versionsOf(sql, file.name),
    contractsOf(sql),
  ]);
  const { contentHash, sameAs, total, lastLine, undone, duplicatesInChunk, quarantineDetail } = file;
  return {
    file: {
      ...brief(file),
      version: versions.findIndex(({ fileNo }) => fileNo === file.fileNo) + 1,
      versions: versions.length,
      ...{ contentHash, sameAs, total, lastLine, undone, duplicatesInChunk, quarantineDetail },
      undoneAt: iso(file.undoneAt),
      quarantineWords: meaningOf(file.quarantine),
      goneWhy: file.goneWhy,
      movedTo: file.movedTo ?? file.movingTo,
      cleanedAt: iso(file.cleanedAt),
      strayQuotes: file.strayQuotes && {
        ...file.strayQuotes,
        words: strayQuotesInWords(file.strayQuotes),
      },
      detailState: file.detailState,
      balanced: file.records === file.inserted + file.duplicates + file.rejects,
    },
    timeline: timelineOf(file),
    batches: batches.slice(0, BATCHES).map((batch) => ({ ...batch, committedAt: iso(batch.committedAt) })),
    moreBatches: batches.length > BATCHES,
    rejects: rejects?.slice(0, PAGE).map((reject) => shownReject(reject, visitor, contracts)) ?? null,
    moreRejects: (rejects?.length ?? 0) > PAGE,
    versions: versions
      .map((version, i) => {
        const { fileNo, generation, landedAt, records, rejects } = version;
        const shown = { fileNo, version: i + 1, generation, landedAt: iso(landedAt) };
        return { ...shown, state: stateOfVersion(version), records, rejects };
      })
      .slice(-VERSIONS),
  };
}

function timelineOf(file: WholeFile): z.infer<typeof filePage>['timeline'] {
  const points = pointsOf(file);
  return points.map(({ name, at }, i) => {
    return { name, at: iso(at), seconds: (at.getTime() - (points[i - 1] ?? { at }).at.getTime()) / 1000 };
  });
}

function brief(file: ListedFile): z.infer<typeof fileList>['files'][number] {
  const { fileNo, feed, name, state, generation, bytes, records, inserted, duplicates, conflicts, rejects } =
    file;
  return {
    ...{ fileNo, feed, name, state, generation, bytes, records, inserted, duplicates, conflicts, rejects },
    landedAt: iso(file.landedAt),
    closedAt: iso(file.closedAt),
    quarantine: file.quarantine,
  };
}

function meaningOf(reason: string | null): string | null {
  const known: Readonly<Record<string, string>> = QUARANTINE_REASONS;
  return reason === null ? null : (known[reason] ?? null);
}
