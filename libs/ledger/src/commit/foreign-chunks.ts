import { type FileNo, fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { run } from '../statements.ts';

const foreign = z.object({ fileNo });

/** The staged files that the ledger does not know under their number and name. */
export async function foreignAmong(
  sql: Sql,
  staged: readonly { readonly fileNo: FileNo; readonly file: string }[],
): Promise<Set<FileNo>> {
  if (staged.length === 0) return new Set();
  const files = JSON.stringify(staged.map(({ fileNo, file }) => ({ file_no: fileNo, name: file })));
  const rows = await run(sql, 'commit/foreign-chunks', foreign, [files]);
  return new Set(rows.map(({ fileNo }) => fileNo));
}
