import { fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { run } from '../statements.ts';

const fileWay = z.object({
  fileNo,
  name: z.string(),
  landedAt: z.date(),
  stableAt: z.date(),
  registeredAt: z.date(),
  closedAt: z.date(),
  firstParsed: z.date().nullable(),
  lastParsed: z.date().nullable(),
  firstStaged: z.date().nullable(),
  lastStaged: z.date().nullable(),
  firstTaken: z.date().nullable(),
  lastTaken: z.date().nullable(),
  lastCommitted: z.date().nullable(),
});

/** The stages of a complete version, from the first chunk that passed one to the last. They overlap in a file of many chunks. */
interface FileWay {
  readonly fileNo: number;
  readonly name: string;
  readonly from: Date;
  readonly to: Date;
  readonly stages: readonly { readonly name: string; readonly from: Date; readonly to: Date }[];
}

/** The ways of complete versions, in the stages of the waterfall. A stage that an earlier version of Sluice did not note is left out. */
export async function waysOf(sql: Sql, files: readonly number[]): Promise<FileWay[]> {
  const rows = await run(sql, 'read/file-ways', fileWay, [[...files]]);
  return rows.map((file) => {
    const stages: [string, Date | null, Date | null][] = [
      ['landed', file.landedAt, file.stableAt],
      ['stable', file.stableAt, file.registeredAt],
      ['queued', file.registeredAt, file.firstParsed],
      ['parse', file.firstParsed, file.lastParsed],
      ['stage', file.firstParsed, file.lastStaged],
      ['wait for flush', file.firstStaged, file.lastTaken],
      ['insert', file.firstTaken, file.lastCommitted],
    ];
    const known = stages.flatMap(([name, from, to]) =>
      from === null || to === null || from > to ? [] : [{ name, from, to }],
    );
    return { fileNo: file.fileNo, name: file.name, from: file.landedAt, to: file.closedAt, stages: known };
  });
}
