/** A value in the form that PostgreSQL takes. */
export type Value = string | number | null;

/** What a field may hold, and how it is stored. */
export type Kind =
  /** In 8-4-4-4-12 hexadecimal digits; stored in lower case. */
  | { readonly type: 'uuid' }
  /** Stored unchanged. `maxLength` counts code points, as VARCHAR(n) does. Spaces alone count as missing. */
  | { readonly type: 'text'; readonly maxLength: number }
  /** Stored in UTC. */
  | { readonly type: 'timestamp' }
  /** Not negative, in decimal digits. */
  | { readonly type: 'integer'; readonly maximum: number }
  /** Not negative, with at most this many digits before and after the point. It stays text, because a float would change it. */
  | { readonly type: 'decimal'; readonly digits: readonly [before: number, behind: number] };

/** One column of a file, and of the table. */
export type Field = Kind & {
  readonly name: string;
  /** A record without a value is a reject. Otherwise the value is NULL. */
  readonly required?: true;
  /** What counts as missing besides an empty field: spaces alone, or one of these words in any case. */
  readonly missing?: { readonly blank: true; readonly words: readonly string[] };
  /** The reject code of a record without this value, if it is not `missing_value`. */
  readonly missingCode?: 'missing_value' | 'null_event_id';
};

/**
 * What a record must look like, as pure data. The header check, the validator, the reject texts, the columns of an export, every
 * list of columns in SQL and the columns on the page are derived from it. New fields go at the end, because the ledger keeps
 * contents and headers in this order.
 */
export interface Contract {
  readonly fields: readonly Field[];
  /** The field whose value identifies a row. The ledger needs a UUID. */
  readonly key: string;
  /** Rows are counted by the values of this field. */
  readonly countBy: string;
  /** The field that says when the event happened. */
  readonly time: string;
}

/** A row of a file: the value of each field, and the lines on which its record begins and, if it is a later one, ends. */
export type ParsedRow = Readonly<Record<string, Value>> & {
  readonly line: number;
  readonly last_line?: number;
};

/** Names that the SQL statements use besides the columns of a contract. */
const TAKEN = 'file_no first_line line last_line nth again seen other_content created_at'.split(' ');

/**
 * Returns the given contract after checking it.
 *
 * @throws {Error} when it is not valid. A contract is part of the program, so only a programmer sees this
 */
export function contract(given: Contract): Contract {
  const names = columnsOf(given);
  const fails = (what: string): never => {
    throw new Error(`no contract: ${what}`);
  };
  for (const [i, name] of names.entries()) {
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) fails(`${JSON.stringify(name)} is no name of a column`);
    if (TAKEN.includes(name)) fails(`${name} is taken by Sluice`);
    if (names.indexOf(name) !== i) fails(`${name} stands there twice`);
  }
  const roles = { key: 'uuid', countBy: 'text', time: 'timestamp' } as const;
  for (const [role, type] of Object.entries(roles)) {
    const field = given.fields.find(({ name }) => name === given[role as keyof typeof roles]);
    if (field?.type !== type || !field.required) fails(`${role} is no required field of type ${type}`);
  }
  return given;
}

/** The names of a contract's fields, in order. */
export function columnsOf({ fields }: Contract): string[] {
  return fields.map(({ name }) => name);
}

/** All fields except the key, in order: two rows with the same key can differ in these. */
export function contentOf({ fields, key }: Contract): Field[] {
  return fields.filter(({ name }) => name !== key);
}

/** The key of a row, as text. */
export function keyOf({ key }: Contract, row: ParsedRow): string {
  return String(row[key]);
}
