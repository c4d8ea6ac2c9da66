import { type ChunkRef, type Contract, copyCells, fileNo, nullTextOf, Rows } from '@sluice/core';
import { z } from 'zod';
import { PostgresFailure } from '../failure.ts';
import { formOf, partsOf } from './payload-form.ts';
import { type Refusal, rejectOf } from './refused-record.ts';
import type { PlacedRow } from './refused-rows.ts';

const count = z.number().int().nonnegative();
const text = z.string().nullable();

/** The first line that {@link encodeChunk} writes. Fields that are not named here are kept too. */
const headerSchema = z.looseObject({
  file_no: count,
  contract: count.nullable(),
  first_line: count,
  last_line: count,
  records: count,
  columns_at: z.array(count).nullable(),
  columns: count.nullable(),
  stray_quotes: count,
  stray_quote_at: z.array(count).nullable(),
  total: count.nullable(),
  content_hash: text,
  quarantine: text,
  quarantine_detail: text,
  queued_at: z.string(),
  parsed_at: z.string(),
  staged_at: z.string(),
  places: z.array(z.tuple([count, count, count])),
  rejects: z.array(
    z.looseObject({
      line: count,
      last_line: count.optional(),
      col: text,
      code: z.string(),
      expected: z.string(),
      raw: z.string(),
    }),
  ),
});

/** A staged payload, read. */
interface ReadPayload {
  readonly header: z.output<typeof headerSchema>;
  readonly rows: Rows;
}

/**
 * Reads a payload. Its rows are taken as they are: {@link readWhole} looks at them, too.
 *
 * @throws {PostgresFailure} of kind `data` when it is not what {@link encodeChunk} writes, as PostgreSQL would refuse it
 */
export function readPayload(payload: string, contract: Contract): ReadPayload {
  const { header, rows } = partsOf(payload);
  const read = headerSchema.safeParse(parsed(header));
  if (!read.success) throw notStaged();
  const { records, rejects, places } = read.data;
  return { header: read.data, rows: new Rows(contract, records - rejects.length, rows, places) };
}

/** Like {@link readPayload}, and makes sure that the rows are as many as the payload says, with as many values as there are fields. */
export function readWhole(payload: string, contract: Contract): ReadPayload {
  const read = readPayload(payload, contract);
  if (!areRows(read.rows)) throw notStaged();
  return read;
}

/** The message has nothing of the payload (I10). */
function notStaged(): PostgresFailure {
  return new PostgresFailure('data', '22000', 'a staged payload is not what Sluice writes');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // The error of JSON.parse is dropped, because it quotes the payload.
  }
}

/** Whether a payload in this program's form is the chunk it is staged as. Somebody else may have written it. */
export function isStagedChunk(payload: string, ref: ChunkRef, contract: Contract): boolean {
  const { header } = partsOf(payload);
  if (!headerSchema.safeParse(parsed(header)).success) return false;
  const { header: own, rows } = readPayload(payload, contract);
  return own.file_no === ref.fileNo && own.first_line === ref.firstLine && areRows(rows);
}

function areRows({ contract, count, text }: Rows): boolean {
  const nullText = nullTextOf(contract);
  const lines = text.split('\n');
  return (
    lines.length === count + 1 &&
    lines.pop() === '' &&
    lines.every((line) => {
      const cells = copyCells(line, nullText);
      return (
        cells.length === contract.fields.length &&
        contract.fields.every(({ constraints }, i) => !constraints.required || cells[i] !== null)
      );
    })
  );
}

/** A row that PostgreSQL refused because of its data, by its index among the rows of its chunk. */
export type Refused = Refusal & { readonly index: number };

/** The rows of a staged payload. */
export function rowsOf(payload: string, contract: Contract): PlacedRow[] {
  const { header, rows } = readPayload(payload, contract);
  return rows.parsed().map((row) => ({ fileNo: fileNo.parse(header.file_no), row }));
}

/** Turns refused rows of a staged payload into rejects. The rest of the chunk does not change. */
export function refuseRows(payload: string, refused: readonly Refused[], contract: Contract): string {
  if (formOf(payload) !== 'own') throw new Error('a payload of another version');
  const { header, rows } = readPayload(payload, contract);
  const parsedRows = rows.parsed();
  const rejects = refused.flatMap((refusal) => {
    const row = parsedRows[refusal.index];
    return row === undefined ? [] : [rejectOf(row, refusal, contract)];
  });
  const others = rows.without(new Set(refused.map(({ index }) => index)));
  const own = { ...header, places: others.places, rejects: [...header.rejects, ...rejects] };
  return `${JSON.stringify(own)}\n${others.text}`;
}
