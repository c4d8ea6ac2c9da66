import { type ClosedFile, waysOf } from '@sluice/ledger';
import { messageOf, tracing } from '@sluice/process';
import type { Stores } from '../stores.ts';

/** Adds complete files to their traces. A trace is no part of the work: it fails nothing. */
export async function traceFiles(
  closed: readonly ClosedFile[],
  { sql, log }: Pick<Stores, 'sql' | 'log'>,
): Promise<void> {
  const traces = tracing();
  if (traces === undefined || closed.length === 0) return;
  const files = new Map(closed.map((file) => [Number(file.fileNo), file]));
  try {
    for (const way of await waysOf(sql, [...files.keys()])) {
      const { records = 0, inserted = 0, duplicates = 0, rejects = 0 } = files.get(way.fileNo) ?? {};
      traces.tell({ ...way, about: { records, inserted, duplicates, rejects } });
    }
  } catch (error) {
    log.warn({ files: closed.length, reason: messageOf(error) }, 'files are left out of the traces');
  }
}
