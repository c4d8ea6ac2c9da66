import { z } from 'zod';
import { run, type Session } from '../statements.ts';

const names = z.array(z.string());

const column = z.object({
  name: z.string(),
  type: z.string(),
  collation: z.string().nullable(),
  base: z.string(),
  element: z.string().nullable(),
  /** Digits after the point of a numeric column that says how many. */
  scale: z.int().nullable(),
  /** The n of varchar(n) and char(n). */
  length: z.int().nullable(),
  notNull: z.boolean(),
  /** It has a default, or is an identity column. */
  filledByItself: z.boolean(),
  /** PostgreSQL takes no value for it. */
  always: z.boolean(),
  mayInsert: z.boolean(),
});

const index = z.object({
  name: z.string(),
  primary: z.boolean(),
  valid: z.boolean(),
  immediate: z.boolean(),
  partial: z.boolean(),
  expression: z.boolean(),
  columns: names,
  otherCollation: z.boolean(),
});

const facts = z.object({
  schema: z.string(),
  name: z.string(),
  /** `r`: a table. `p`: a partitioned one. Others cannot be filled. */
  kind: z.string(),
  /** Null when the table and all of its partitions survive a crash. */
  persistence: z.string().nullable(),
  mayEnter: z.boolean(),
  maySelect: z.boolean(),
  mayDelete: z.boolean(),
  rowSecurity: z.boolean(),
  rules: names,
  triggers: names,
  foreignKeys: names,
  /** An empty text stands for an expression. */
  partitionedBy: names,
  indexes: z.array(index),
  columns: z.array(column),
});

/** What the catalog says about a table. */
export type TableFacts = Readonly<z.output<typeof facts>>;
export type FoundColumn = TableFacts['columns'][number];
export type FoundIndex = TableFacts['indexes'][number];

/** Asks the catalog about the session's table. Undefined: there is none of that name. */
export async function tableFacts(session: Session): Promise<TableFacts | undefined> {
  const parts = session.eventsTable.split('.');
  return (await run(session, 'table/facts', facts, [parts.at(-2) ?? null, parts.at(-1) ?? null]))[0];
}
