import type { Rights } from '@sluice/access';
import type { Contract } from '@sluice/core';
import { type Absence, type Lineage, lineage } from '@sluice/pipeline/without-redis';
import { z } from 'zod';
import { iso, route } from './route.ts';
import { passport } from './schemas.ts';

type Passport = z.infer<typeof passport>;
/** What is known about a row, or about an id without a row. */
type Details = Omit<Passport, 'id' | 'valuesHidden' | keyof ReturnType<typeof beside>>;

export const eventRoute = route({
  method: 'GET',
  path: '/api/events/{id}',
  summary:
    'The passport of an event: its row, the batch, file and line that it came from, and what else mentions it',
  params: z.object({ id: z.guid({ error: 'a UUID in 8-4-4-4-12 hexadecimal digits' }).toLowerCase() }),
  answer: passport,
  answerTo: async ({ params: { id }, visitor }, { servers, stores }) => {
    const found = await servers.ask('postgres', () => lineage(id, stores), { patiently: true });
    const { contract } = stores.sql;
    return {
      id,
      ...(found.row === undefined ? absent(found) : present(found, visitor, contract)),
      ...beside(found),
      valuesHidden: !visitor.values,
    };
  },
});

function present({ row, batch, files, origin }: Lineage, { values }: Rights, { key }: Contract): Details {
  return {
    row: values ? row : Object.fromEntries([...key, 'created_at'].map((name) => [name, row[name] ?? null])),
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
