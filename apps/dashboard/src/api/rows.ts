import {
  type Contract,
  columnsOf,
  contentOf,
  type Field,
  MASKED,
  type ParsedRow,
  type Value,
} from '@sluice/core';

/** Values of a row by field. */
type Values = Record<string, Value>;

/** What the ledger keeps of a row: values as text, in the order of its fields or by their names. */
type Kept = readonly (string | null)[] | Readonly<Record<string, string | null>>;

const isList = (kept: Kept): kept is readonly (string | null)[] => Array.isArray(kept);

/** What the ledger keeps of a row, by field. Nobody sees a sensitive value here, whatever their rights. */
export function namedValues(fields: readonly Field[], kept: Kept): Values {
  const texts = new Map(
    isList(kept) ? fields.map(({ name }, i) => [name, kept[i]] as const) : Object.entries(kept),
  );
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      field.sensitive ? MASKED : readValue(field, texts.get(field.name) ?? null),
    ]),
  );
}

/** The key of a row that the ledger names: a UUID, or else the values of the key in order. */
export function namedKey(
  { fields, key }: Contract,
  uuid: string | null,
  values: readonly (string | null)[] | null,
): Values | null {
  const texts = uuid === null ? values : [uuid];
  if (texts?.length !== key.length) return null;
  return Object.fromEntries(
    key.map((name, i) => {
      const field = fields.find((one) => one.name === name);
      const text = texts[i] ?? null;
      return [name, field === undefined ? Number(text) : field.sensitive ? MASKED : readValue(field, text)];
    }),
  );
}

/** The key of a staged row; the columns that Sluice fills are its place. */
export function keyOfRow({ fields, key }: Contract, row: ParsedRow, fileNo: number): Values {
  const places: Values = { sluice_file: fileNo, sluice_line: row.sluice_line };
  const all = { ...places, ...shownRow(fields, row) };
  return Object.fromEntries(key.map((name) => [name, all[name] ?? null]));
}

/** The values of a staged row that are not its key. */
export function contentOfRow(contract: Contract, row: ParsedRow): Values {
  return shownRow(contract.fields, row, new Set(contract.key));
}

/** The fields that {@link contentOfRow} has. */
export function contentColumns({ fields, key }: Contract): string[] {
  return columnsOf({ fields }).filter((name) => !key.includes(name));
}

/** The fields whose values the ledger does not keep of a conflict, so that they may differ too. */
export function sensitiveContent(contract: Contract): string[] {
  return contentOf(contract).flatMap(({ name, sensitive }) => (sensitive ? [name] : []));
}

function shownRow(fields: readonly Field[], row: ParsedRow, but: ReadonlySet<string> = new Set()): Values {
  return Object.fromEntries(
    fields.flatMap(({ name, sensitive }) => {
      const value = row[name] ?? null;
      return but.has(name) ? [] : [[name, sensitive && value !== null ? MASKED : value]];
    }),
  );
}

function readValue({ type }: Field, text: string | null): Value {
  if (text === null) return null;
  if (type === 'integer') return Number.isSafeInteger(Number(text)) ? Number(text) : text;
  return type === 'boolean' ? text === 'true' : text;
}
