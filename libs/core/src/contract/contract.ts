import { z } from 'zod';

/** A value in the form that PostgreSQL takes. */
export type Value = string | number | boolean | null;

/** Number of a contract in the ledger. A contract never changes: a change makes a new one. */
export type ContractNo = number & { readonly __brand: 'ContractNo' };
export const contractNo = z
  .number()
  .int()
  .positive()
  .transform((value) => value as ContractNo);

/** Columns that Sluice fills itself: the number of the file version of a row, and the line on which its record begins. */
export const FILLED = ['sluice_file', 'sluice_line'] as const;

/** How all names begin that Sluice gives beside the columns of a contract, in rows and in SQL. */
const OWN = 'sluice_';

const columnName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/);
const texts = z.array(z.string()).readonly();
const character = z.string().length(1);
const bound = z.union([z.number(), z.string()]);
const yes = z.literal(true);

/** What a value must fulfil besides its type. Bounds are numbers, or dates as text. Lengths count code points. */
const constraints = z.object({
  required: yes.exactOptional(),
  minLength: z.int().nonnegative().exactOptional(),
  maxLength: z.int().positive().exactOptional(),
  minimum: bound.exactOptional(),
  maximum: bound.exactOptional(),
  enum: texts.exactOptional(),
  /** In the syntax of RE2. It must match the whole value. */
  pattern: z.string().exactOptional(),
});

/** The words that fields of every type know. */
const common = {
  /** The column of the table. In a file it has this name or one of `from`. */
  name: columnName,
  from: texts.exactOptional(),
  /** The value of each row: a constant, or `$file.1` for what the first `*` of the pattern matched in the name of the file. */
  value: z.string().exactOptional(),
  /** The column may be absent from the header. The value is then missing. */
  optional: yes.exactOptional(),
  /** Its value is kept out of rejects, conflicts, the page and exports. */
  sensitive: yes.exactOptional(),
  /** The texts that mean "no value". By default only the empty text. */
  missingValues: texts.exactOptional(),
  /** Spaces alone mean "no value" too. */
  missingBlank: yes.exactOptional(),
  /** `missingValues` are compared in any case. */
  missingAnyCase: yes.exactOptional(),
  /** Other names for reject codes of this field. */
  codes: z.record(z.string(), z.string()).readonly().exactOptional(),
  /** What a reject of this field says was expected. */
  expected: z.string().exactOptional(),
  constraints: constraints.readonly().default({}),
};

/**
 * A field, by the words that its type knows. Words are those of Frictionless Table Schema where it has them.
 *
 * @internal Exported for its test.
 */
export const fieldSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('string'), format: z.enum(['uuid', 'email']).exactOptional(), ...common }),
  z.object({
    type: z.literal('integer'),
    groupChar: character.exactOptional(),
    unsigned: yes.exactOptional(),
    ...common,
  }),
  z.object({
    type: z.literal('number'),
    decimalChar: character.exactOptional(),
    groupChar: character.exactOptional(),
    /** The most digits before and after the point. */
    digits: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).readonly().exactOptional(),
    unsigned: yes.exactOptional(),
    ...common,
  }),
  z.object({
    type: z.literal('boolean'),
    trueValues: texts.exactOptional(),
    falseValues: texts.exactOptional(),
    ...common,
  }),
  /** `format`: such as `%d.%m.%Y`. By default `%Y-%m-%d`. */
  z.object({ type: z.literal('date'), format: z.string().exactOptional(), ...common }),
  /** `format`: such as `%d.%m.%Y %H:%M`. By default `sluice`, the ISO 8601 forms of docs/files.md. */
  z.object({
    type: z.literal('datetime'),
    format: z.string().exactOptional(),
    /** IANA name of the zone of values without an offset. By default that of the format of the file. */
    timezone: z.string().exactOptional(),
    ...common,
  }),
  /** An object or an array of JSON, as jsonb. */
  z.object({ type: z.enum(['object', 'array']), ...common }),
]);

/** One column of a file, and of the table. */
export type Field = Readonly<z.output<typeof fieldSchema>>;

export const contractSchema = z
  .object({
    /** The table that is filled: a name, or `schema.name`. */
    table: z.string().min(1),
    fields: z.array(fieldSchema).nonempty().readonly(),
    /** The columns whose values identify a row. */
    key: z.array(columnName).nonempty().readonly(),
    /** `first`: of rows with one key, the first stays. `keep`: each record is a row, and its key is its place. */
    duplicates: z.enum(['first', 'keep']),
    filled: z.array(z.enum(FILLED)).readonly(),
    /** Rows are counted by the values of this field. */
    countBy: columnName.nullable(),
    /** The field that says when what the row tells of happened. */
    time: columnName.nullable(),
    unknownColumns: z.enum(['ignore', 'refuse']),
    /** Sluice alone fills the table, so its rows can be counted against the ledger. */
    exclusive: z.boolean(),
    /** The patterns of names, where the value of a field is a part of the name. */
    files: texts.exactOptional(),
  })
  .superRefine((contract, context) => {
    const { fields, key, countBy, time, filled, duplicates } = contract;
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    for (const [i, { name }] of fields.entries()) {
      // Rows that do not say where they came from are found by created_at, which the table fills.
      if (name.startsWith(OWN) || (name === 'created_at' && filled.length === 0))
        refuse(['fields', i, 'name'], `${name} is taken by Sluice`);
      if (fields.findIndex((other) => other.name === name) !== i)
        refuse(['fields', i, 'name'], `${name} stands there twice`);
    }
    const fieldOf = (name: string | null) => fields.find((field) => field.name === name);
    for (const [i, name] of key.entries()) {
      const isFilled = filled.some((column) => column === name);
      if (!isFilled && !fieldOf(name)?.constraints.required)
        refuse(['key', i], `${name} is no required field, so it cannot identify a row`);
    }
    if (duplicates === 'keep' && key.join() !== FILLED.join())
      refuse(['key'], `rows that are all kept have the key ${FILLED.join(', ')}`);
    if (countBy !== null && fieldOf(countBy) === undefined)
      refuse(['countBy'], `there is no field ${countBy}`);
    if (time !== null && !['date', 'datetime'].includes(fieldOf(time)?.type ?? ''))
      refuse(['time'], `${time} is no field of type date or datetime`);
  });

/**
 * What a record must look like and which table its row goes into, as pure data. The header check, the validator, the reject texts,
 * the columns of an export, every list of columns in SQL and the columns on the page are derived from it.
 */
export type Contract = Readonly<z.output<typeof contractSchema>>;

/** A row of a file: the value of each field, and the lines on which its record begins and, if that is a later one, ends. */
export type ParsedRow = Readonly<Record<string, Value>> & {
  readonly sluice_line: number;
  readonly sluice_last_line?: number;
};

/** The names of a contract's fields, in order. */
export function columnsOf({ fields }: Pick<Contract, 'fields'>): string[] {
  return fields.map(({ name }) => name);
}

/** The fields that make two rows with one key differ, in order: all but the key and those whose value the contract gives. */
export function contentOf({ fields, key }: Pick<Contract, 'fields' | 'key'>): Field[] {
  return fields.filter(({ name, value }) => !key.includes(name) && value === undefined);
}

/** The field of a key that is a single UUID. The ledger keeps such a key as a UUID, and any other as JSON. */
export function uuidKeyOf({ fields, key }: Pick<Contract, 'fields' | 'key'>): Field | undefined {
  const field = fields.find(({ name }) => name === key[0]);
  return key.length === 1 && field?.type === 'string' && field.format === 'uuid' ? field : undefined;
}

/** The key of a row, as text. */
export function keyOf({ key }: Pick<Contract, 'key'>, row: ParsedRow): string {
  return key.map((name) => String(row[name])).join(', ');
}
