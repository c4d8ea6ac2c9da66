import type { Rights } from '@sluice/access';
import { type Contract, FIRST_FEED } from '@sluice/core';
import { type Absence, type Lineage, lineage } from '@sluice/pipeline/without-redis';
import { z } from 'zod';
import type { Dashboard } from '../dashboard.ts';
import { feedsOf } from './feeds.ts';
import { iso, route } from './route.ts';
import { keyQuery, passport } from './schemas.ts';

type Passport = z.infer<typeof passport>;
/** What is known about a row, or about an id without a row. */
type Details = Omit<Passport, 'feed' | 'id' | 'valuesHidden' | keyof ReturnType<typeof beside>>;

export const eventRoute = route({
  method: 'GET',
  path: '/api/events/{id}',
  summary:
    'The passport of an event: its row, the batch, file and line that it came from, and what else mentions it',
  params: z.object({
    id: z
      .guid({ error: 'a UUID in 8-4-4-4-12 hexadecimal digits' })
      .toLowerCase()
      .describe('The key of the row'),
  }),
  answer: passport,
  answerTo: async ({ params: { id }, visitor }, dashboard) =>
    await passportOf(FIRST_FEED, [id], visitor, dashboard),
});

export const rowRoute = route({
  method: 'GET',
  path: '/api/events',
  summary: 'The passport of a row of any feed, by its key',
  query: keyQuery,
  answer: passport,
  answerTo: async ({ query: { feed = FIRST_FEED, key }, visitor }, dashboard) =>
    await passportOf(feed, [key].flat(), visitor, dashboard),
});

async function passportOf(
  feed: string,
  key: readonly string[],
  rights: Rights,
  { servers, stores }: Dashboard,
): Promise<Passport> {
  const traced = async () => {
    const [known] = await feedsOf(stores.sql, feed);
    return { contract: known?.contract, found: await lineage(key, stores, feed) };
  };
  const { contract, found } = await servers.ask('postgres', traced, { patiently: true });
  return {
    ...{ feed, id: key.join(' ') },
    ...(found.row === undefined ? absent(found) : present(found, rights, contract?.key ?? [])),
    ...beside(found),
    valuesHidden: !rights.values,
  };
}

/** What a row says of where it came from. */
const ORIGINS = ['created_at', 'sluice_file', 'sluice_line'];

function present({ row, batch, files, origin }: Lineage, { values }: Rights, key: Contract['key']): Details {
  const open = new Set([...key, ...ORIGINS]);
  return {
    row: values ? row : Object.fromEntries(Object.entries(row).filter(([name]) => open.has(name))),
    batch: batch === undefined ? null : { id: batch.id, committedAt: iso(batch.committedAt) },
    origin: origin
      ? {
          ...{ fileNo: origin.fileNo, file: origin.name, line: origin.line },
          ...{ lastLine: origin.lastLine, certain: origin.certain },
        }
      : null,
    files: files.map(({ fileNo, name, lines, records, readable }) => ({
      ...{ fileNo, file: name, records, readable },
      lines: lines.map(([first, last]): [number, number] => [first, last]),
    })),
    undoneFiles: [],
    openFiles: null,
  };
}

function absent({ undone, openFiles }: Absence): Details {
  const undoneFiles = undone.map((one) => ({ fileNo: one.fileNo, file: one.name, rows: one.undone }));
  return { row: null, batch: null, origin: null, files: [], undoneFiles, openFiles };
}

function beside({
  mentions,
  corrections,
  detailHidden,
}: Lineage | Absence): Pick<Passport, 'mentions' | 'corrections' | 'detailHidden'> {
  return {
    detailHidden,
    mentions: mentions.map(({ kind, fileNo, name, line, code, expected }) => {
      return { kind, fileNo, file: name, line, reason: code, expected };
    }),
    corrections: corrections.map(({ fileNo, name, line, code, resubmittedAt, origin }) => {
      return { fileNo, file: name, line, reason: code, at: iso(resubmittedAt), origin };
    }),
  };
}
