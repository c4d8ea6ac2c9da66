import { type Contract, columnsOf, contentOf, type Field, nullTextOf, uuidKeyOf } from '@sluice/core';

/** What a statement must know of a column of the table. */
interface TableColumn {
  readonly name: string;
  /** As SQL, such as `numeric(10,2)` or `shop.mood`. */
  readonly type: string;
  /** As SQL; null when it is the one that the type has anyway. */
  readonly collation: string | null;
  /** The type without its domain, its length and its scale. */
  readonly base: string;
  /** The type of the elements of an array. */
  readonly element: string | null;
}

/** The columns of a table by their names. */
export type TableColumns = ReadonlyMap<string, TableColumn>;

/** What a statement is made for. `table`: what the catalog says of the table, where the statement needs that. */
interface RenderedFor {
  readonly contract: Contract;
  readonly columns?: TableColumns | undefined;
}

/** Types that have no equality, or one that differs from what is stored, such as that of boxes, which compares areas. */
const NO_EQUALITY = new Set('json xml point line lseg box path polygon circle'.split(' '));

/** A type that has a form of its own in JSON: a text that is given for it would become a JSON string. */
const isJson = ({ base }: TableColumn): boolean => base === 'json' || base === 'jsonb';

/** The types of a field that JavaScript would change, or whose columns may be of a type that it does not have. They are read as text. */
const READ_AS_TEXT = new Set<Field['type']>([
  ...(['string', 'number', 'date', 'datetime', 'object', 'array'] as const),
]);

/** PostgreSQL's limit for the arguments of a function. */
const ARGUMENTS = 100;

/**
 * A statement with its marks replaced from a contract and from the columns of its table.
 *
 * Lists of columns: `:columns` are all that are inserted, `:key` those of the key, `:content` those that can make two rows with one
 * key differ, `:shown` the fields as they are read. All but the last take an alias, as in `:columns(row)`. `:time`, `:count_by` and
 * `:origin` (what a row says of where it came from) are one column; `:origins` are all that say so, as they are read.
 *
 * Rows as JSON: `:recordset` names the fields with types, `:keyset` those of the key, `:values(record)` are their values in the types of the table, and
 * `:texts(row)` is the way back to JSON.
 *
 * Rows as lines of COPY: `:null_text` is what stands for NULL. `:key_arrays` are arrays of the values of the key, one parameter for each
 * column, and `:count_type` is the type of the column by which rows are counted.
 *
 * Two rows: `:differ(a, b)` says whether their contents differ. `:contents(row)` is the content as the ledger keeps it, and
 * `:key_uuid(row)` and `:key_json(row)` are the key: one of them is NULL.
 *
 * `:part(load)` is the text that `part` gives for it, with its own marks replaced.
 */
export function rendered(statement: string, to: RenderedFor, part: (name: string) => string): string {
  const { contract } = to;
  const list = (names: readonly string[]) => (alias?: string) =>
    names.map((name) => column(name, alias)).join(', ');
  const fields = columnsOf(contract);
  const of: Readonly<Record<string, (...given: (string | undefined)[]) => string>> = {
    columns: list([...fields, ...contract.filled]),
    content: list(contentOf(contract).map(({ name }) => name)),
    key: list(contract.key),
    shown: () => contract.fields.map(shown).join(', '),
    keyset: () => contract.key.map((name) => `${column(name)} ${typeInJson(columnOf(name, to))}`).join(', '),
    time: (alias) => (contract.time === null ? 'NULL::timestamp' : column(contract.time, alias)),
    count_by: (alias) => (contract.countBy === null ? 'NULL::text' : column(contract.countBy, alias)),
    origin: (alias) => column(originOf(contract), alias),
    origins: () => originsOf(to),
    recordset: () => fields.map((name) => `${column(name)} ${typeInJson(columnOf(name, to))}`).join(', '),
    values: (alias) => fields.map((name) => cellOf(columnOf(name, to), alias)).join(', '),
    texts: (alias) => fields.map((name) => `${column(name, alias)}::text AS ${column(name)}`).join(', '),
    null_text: () => (nullTextOf(contract) === '' ? "''" : String.raw`E'\\N'`),
    key_arrays: () =>
      contract.key.map((name, i) => `$${i + 1}::text::${columnOf(name, to).type}[]`).join(', '),
    count_type: () => (contract.countBy === null ? 'text' : columnOf(contract.countBy, to).type),
    differ: (one, other) => differ(to, one, other),
    contents: (alias) => contentsOf(contract, alias),
    key_uuid: (alias) => (uuidKeyOf(contract) ? `${list(contract.key)(alias)}::uuid` : 'NULL::uuid'),
    key_json: (alias) => (uuidKeyOf(contract) ? 'NULL::jsonb' : keyAsJson(contract, alias)),
    part: (name = '') => rendered(part(name).trim(), to, part),
  };
  const marks = new RegExp(
    `(?<![:\\w]):(${Object.keys(of).join('|')})\\b(?:\\((\\w+)(?:, (\\w+))?\\))?`,
    'g',
  );
  return statement.replaceAll(
    marks,
    (_, mark: string, one: string | undefined, other: string | undefined) => of[mark]?.(one, other) ?? '',
  );
}

function shown({ name, type }: Field): string {
  return READ_AS_TEXT.has(type) ? `${column(name)}::text` : column(name);
}

/** The column that says where a row came from: its file, or else the time of its commit. */
function originOf({ filled }: Contract): string {
  return filled.includes('sluice_file') ? 'sluice_file' : 'created_at';
}

/** Times are text, because a JavaScript date has no microseconds. */
function originsOf({ contract, columns }: RenderedFor): string {
  if (contract.filled.length > 0) return contract.filled.map((name) => column(name)).join(', ');
  return columns?.has('created_at') ? `${column('created_at')}::text` : 'NULL::text AS "created_at"';
}

/** A column of the table. One that is not there makes the statement fail, which names it. */
function columnOf(name: string, { columns }: RenderedFor): TableColumn {
  if (columns === undefined)
    throw new Error(`a statement needs the types of the table, such as that of ${name}`);
  return columns.get(name) ?? { name, type: 'text', collation: null, base: 'text', element: null };
}

/** The type of a field in a set of rows in JSON. The collation too decides which keys are equal. */
function typeInJson(found: TableColumn): string {
  if (isJson(found)) return 'text';
  return found.collation === null ? found.type : `${found.type} COLLATE ${found.collation}`;
}

function cellOf(found: TableColumn, alias?: string): string {
  const value = column(found.name, alias);
  return isJson(found) ? `${value}::${found.type} AS ${column(found.name)}` : value;
}

/** The contents are compared in the types of their columns, as the table would: 1.0 equals 1 in a numeric column. */
function differ(to: RenderedFor, one?: string, other?: string): string {
  const content = contentOf(to.contract).map(({ name }) => columnOf(name, to));
  if (content.length === 0) return 'false';
  const row = (alias?: string) =>
    content.map((found) => {
      const asText = NO_EQUALITY.has(found.element ?? found.base);
      return `${column(found.name, alias)}${asText ? '::text' : ''}`;
    });
  return `(${row(one).join(', ')}) IS DISTINCT FROM (${row(other).join(', ')})`;
}

/**
 * An object by the names of the fields, or an array in their order for a contract like that of `events`, whose earlier conflicts are
 * arrays. In place of a sensitive value there is null; an object names those fields in `sluice_sensitive`.
 */
function contentsOf(contract: Contract, alias?: string): string {
  const content = contentOf(contract);
  const values = content.map(({ name, sensitive }) => (sensitive ? 'NULL' : column(name, alias)));
  if (isLikeEvents(contract)) return `json_build_array(${values.join(', ')})`;
  const sensitive = content.filter((field) => field.sensitive).map(({ name }) => `'${name}'`);
  const named = content.map(({ name }, i) => `${values[i]} AS ${column(name)}`);
  if (sensitive.length > 0) named.push(`ARRAY[${sensitive.join(', ')}] AS "sluice_sensitive"`);
  // A function takes too few arguments for a table with many columns, but a row does not.
  return `(SELECT row_to_json(content) FROM (SELECT ${named.join(', ')}) AS content)`;
}

function isLikeEvents(contract: Contract): boolean {
  const { length } = contentOf(contract);
  return (
    uuidKeyOf(contract) !== undefined && contract.filled.length === 0 && length > 0 && length <= ARGUMENTS
  );
}

function keyAsJson({ fields, key }: Contract, alias?: string): string {
  const secret = new Set(fields.filter(({ sensitive }) => sensitive).map(({ name }) => name));
  const values = key.map((name) => (secret.has(name) ? 'NULL::text' : column(name, alias)));
  return `jsonb_build_array(${values.join(', ')})`;
}

/** A column as SQL. A contract's names have only letters, digits and underscores, and are quoted as one may be a reserved word. */
function column(name: string, alias?: string): string {
  return alias === undefined ? `"${name}"` : `${alias}."${name}"`;
}
