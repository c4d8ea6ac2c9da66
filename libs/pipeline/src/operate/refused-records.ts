import type { Contract, ParsedRow, Reject } from '@sluice/core';
import { findRefusedRows, formOf, isStagedChunk, type Refusal, rejectOf, rowsOf } from '@sluice/ledger';
import { type InsertJob, type OpenBatch, refOf } from '@sluice/staging';
import { withContract } from '../load/contract.ts';
import type { Stores } from '../stores.ts';
import { OperationRefused } from './operator.ts';

/** A row of a failed batch that PostgreSQL refuses, with its values, and the reject that it would become. */
interface RefusedRecord extends Refusal {
  readonly fileNo: OpenBatch['chunks'][number]['fileNo'];
  readonly file: string;
  readonly line: number;
  readonly row: ParsedRow;
  readonly reject: Reject;
}

/** What a trial of the rows of a batch has found. */
export interface FoundRecords {
  readonly contract: Contract;
  readonly refused: readonly RefusedRecord[];
  /** How many rows were still staged, and were tried. */
  readonly tried: number;
  /** The same in words. */
  readonly message: string;
}

/** The rows of those chunks of a batch that are still staged. */
export async function stagedRows(batch: OpenBatch, contract: Contract, { staging }: Pick<Stores, 'staging'>) {
  const payloads = await staging.payloads(batch);
  return batch.chunks.flatMap((chunk) => {
    const payload = payloads.get(refOf(chunk));
    const good =
      payload !== undefined && formOf(payload) === 'own' && isStagedChunk(payload, chunk, contract);
    return good ? [{ ...chunk, rows: rowsOf(payload, contract).map(({ row }) => row) }] : [];
  });
}

/** Tries the rows of a batch one by one, takes all of it back, and tells which ones PostgreSQL refuses for whatever reason. */
export async function findRefused(
  batch: InsertJob,
  stores: Pick<Stores, 'sql' | 'staging'>,
): Promise<FoundRecords> {
  const session = await withContract(stores.sql, batch.contractNo);
  if (session === undefined)
    throw new OperationRefused(
      `the ledger has no contract ${batch.contractNo}`,
      'run "npm run sluice -- recover"',
    );
  const { contract } = session;
  const rows = (await stagedRows(batch, contract, stores)).flatMap(({ fileNo, file, rows: own }) =>
    own.map((row) => ({ fileNo, file, line: row.sluice_line, row })),
  );
  const refusals = await findRefusedRows(session, rows, { anyFailure: true });
  const refused = [...refusals].flatMap(([index, why]) => {
    const found = rows[index];
    return found === undefined ? [] : [{ ...found, ...why, reject: rejectOf(found.row, why, contract) }];
  });
  return { contract, refused, tried: rows.length, message: messageOf(refused.length, rows.length) };
}

function messageOf(refused: number, tried: number): string {
  if (tried === 0) return 'no record of this batch is staged any more';
  if (refused === 0) return `PostgreSQL takes all ${tried} records now: retry the batch`;
  if (refused === tried && tried > 1) return `no single record is to blame: PostgreSQL refuses all ${tried}`;
  return refused === 1
    ? 'PostgreSQL refuses 1 record; it takes the others'
    : `PostgreSQL refuses ${refused} records; it takes the others`;
}
