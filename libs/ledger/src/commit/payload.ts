import { type ChunkRef, type Contract, type Field, fileNo, type Value } from '@sluice/core';
import { z } from 'zod';
import { formOf, partsOf } from './payload-form.ts';
import { type Refusal, rejectOf } from './refused-record.ts';
import type { PlacedRow } from './refused-rows.ts';

const count = z.number().int().nonnegative();
const text = z.string().nullable();

const schemas = new WeakMap<Contract, ReturnType<typeof schemaFor>>();

/** The schema of the two lines that {@link encodeChunk} writes for this contract. Fields that are not named here are kept too. */
function schemaOf(contract: Contract): ReturnType<typeof schemaFor> {
  const schema = schemas.get(contract) ?? schemaFor(contract);
  schemas.set(contract, schema);
  return schema;
}

function schemaFor({ fields }: Contract) {
  const values = Object.fromEntries(fields.map((field) => [field.name, schemaOfValue(field)]));
  const place = { sluice_line: count, sluice_last_line: count.exactOptional() };
  const header = z.looseObject({
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
  return z.tuple([header, z.array(z.object({ ...values, ...place }))]);
}

function schemaOfValue({ type, constraints }: Field): z.ZodType<Value> {
  const value =
    type === 'integer' ? z.union([z.number(), z.string()]) : type === 'boolean' ? z.boolean() : z.string();
  return constraints.required ? value : value.nullable();
}

/** Whether a payload in this program's form is the chunk it is staged as. Somebody else may have written it. */
export function isStagedChunk(payload: string, ref: ChunkRef, contract: Contract): boolean {
  const read = schemaOf(contract).safeParse(parsed(payload));
  if (!read.success) return false;
  const [{ file_no, first_line, records, rejects }, rows] = read.data;
  return file_no === ref.fileNo && first_line === ref.firstLine && records === rows.length + rejects.length;
}

function parsed(payload: string): unknown {
  try {
    return lines(payload);
  } catch {
    return undefined; // The error of JSON.parse is dropped, because it quotes the payload.
  }
}

function lines(payload: string): [unknown, unknown] {
  const { header, rows } = partsOf(payload);
  return [JSON.parse(header), JSON.parse(rows)];
}

/** A row that PostgreSQL refused because of its data, by its index among the rows of its chunk. */
export type Refused = Refusal & { readonly index: number };

/** The rows of a staged payload. */
export function rowsOf(payload: string, contract: Contract): PlacedRow[] {
  const [header, rows] = schemaOf(contract).parse(lines(payload));
  return rows.map((row) => ({ fileNo: fileNo.parse(header.file_no), row }));
}

/** Turns refused rows of a staged payload into rejects. The rest of the chunk does not change. */
export function refuseRows(payload: string, refused: readonly Refused[], contract: Contract): string {
  if (formOf(payload) !== 'own') throw new Error('a payload of another version');
  const [header, rows] = schemaOf(contract).parse(lines(payload));
  const why = new Map(refused.map((refusal) => [refusal.index, refusal]));
  const rejects = rows.flatMap((row, index) => {
    const refusal = why.get(index);
    return refusal === undefined ? [] : [rejectOf(row, refusal, contract)];
  });
  const others = rows.filter((_, index) => !why.has(index));
  const text = JSON.stringify({ ...header, rejects: [...header.rejects, ...rejects] });
  return `${text}\n${JSON.stringify(others)}`;
}
