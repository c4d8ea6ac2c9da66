import type { RejectCode } from './reject.ts';

/** A value in the form in which PostgreSQL takes it. */
export type Value = string | number | null;

/** What a field may hold, and how it is stored. */
export type Kind =
  /** In 8-4-4-4-12 hexadecimal digits; stored in lower case. */
  | { readonly type: 'uuid' }
  /** Stored as it is. `maxLength`: in code points, as VARCHAR(n) counts them. Spaces alone are no value. */
  | { readonly type: 'text'; readonly maxLength: number }
  /** Stored in UTC. */
  | { readonly type: 'timestamp' }
  /** From 0 on, in decimal digits. */
  | { readonly type: 'integer'; readonly maximum: number }
  /** From 0 on, with so many digits before and behind the point. Kept as text on the way, because a float would change it. */
  | { readonly type: 'decimal'; readonly digits: readonly [before: number, behind: number] };

/** One column of a file, and of the table. */
export type Field = Kind & {
  readonly name: string;
  /** A record without a value is a reject. Otherwise the value is NULL. */
  readonly required?: true;
  /** What is no value, beside nothing at all: spaces alone, or one of these words in any case. */
  readonly missing?: { readonly blank: true; readonly words: readonly string[] };
  /** The code of a record that lacks the value, where it has one of its own. */
  readonly missingCode?: RejectCode;
};

/**
 * What a record must be: pure data, from which header, validator, reject texts, the columns of an export, every list of columns in
 * SQL and those of the page are derived. A field is added at the end: the ledger keeps contents and headers in this order.
 */
export interface Contract {
  readonly fields: readonly Field[];
  /** The field whose value tells one row from another; the ledger takes a UUID for it. */
  readonly key: string;
  /** The field by whose values rows are counted. */
  readonly countBy: string;
  /** The field that says when it happened. */
  readonly time: string;
}

/** A row of a file: the values by field, and the line on which its record begins, with that on which it ends where it is another. */
export type ParsedRow = Readonly<Record<string, Value>> & {
  readonly line: number;
  readonly last_line?: number;
};

/** What the statements name beside the columns of a contract. */
const TAKEN = 'file_no first_line line last_line nth again seen other_content created_at'.split(' ');

/**
 * A contract as it is given, once it is known to be one.
 *
 * @throws {Error} when it cannot be one: it is part of the program, so nobody but a programmer sees this
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

/** The names of its fields, in their order. */
export function columnsOf({ fields }: Contract): string[] {
  return fields.map(({ name }) => name);
}

/** The fields that are no key, in their order: two rows of one key differ in these. */
export function contentOf({ fields, key }: Contract): Field[] {
  return fields.filter(({ name }) => name !== key);
}

/** What tells this row from others, as text. */
export function keyOf({ key }: Contract, row: ParsedRow): string {
  return String(row[key]);
}
