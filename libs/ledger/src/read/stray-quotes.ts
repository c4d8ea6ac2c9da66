import type { FileNo, StrayQuotes } from '@sluice/core';
import type { Sql } from '../client.ts';
import { run } from '../statements.ts';

/** A file with records that look like several. */
interface FileWithStrayQuotes {
  readonly fileNo: FileNo;
  readonly name: string;
  readonly strayQuotes: StrayQuotes;
}

/** Those files that somebody has to see to: how many, and the newest of them. */
export interface StrayQuoteFiles {
  readonly count: number;
  readonly newest: readonly FileWithStrayQuotes[];
}

/** `file`: only versions of this name. */
export async function strayQuoteFiles(
  sql: Sql,
  o: { readonly file?: string | undefined; readonly limit: number },
): Promise<StrayQuoteFiles> {
  type Row = LedgerStrayQuotes & { readonly file_no: FileNo; readonly name: string; readonly files: number };
  const rows = await run<Row>(sql, 'read/stray-quotes', [o.file ?? null, o.limit]);
  const newest = rows.flatMap(({ file_no: fileNo, name, ...row }) => {
    const strayQuotes = strayQuotesOf(row);
    return strayQuotes === null ? [] : [{ fileNo, name, strayQuotes }];
  });
  return { count: rows[0]?.files ?? 0, newest };
}

/** As the row of a file has them. */
export interface LedgerStrayQuotes {
  readonly stray_quotes: number;
  readonly stray_quote_at: readonly number[] | null;
}

export function strayQuotesOf({
  stray_quotes: count,
  stray_quote_at: at,
}: LedgerStrayQuotes): StrayQuotes | null {
  const [line, lastLine] = at ?? [];
  return line === undefined || lastLine === undefined ? null : { count, line, lastLine };
}
