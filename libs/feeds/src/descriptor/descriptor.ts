import { ErrorWithHint, messageOf } from '@sluice/process';
import { z } from 'zod';

/** What a descriptor may say that Sluice has no word for. It is kept so that it can be told. */
const rest = z.unknown();

/** Words with the types that both versions of the standard give them; a word of another type counts as not known. */
const word = <T>(schema: z.ZodType<T>) => schema.optional().catch(undefined);

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const list = z.array(scalar);

/** Version 2 gives missing values and categories labels. */
const labelled = z.array(z.union([scalar, z.object({ value: scalar }).transform(({ value }) => value)]));

const fieldDescriptor = z
  .object({
    name: z.string(),
    type: word(z.string()),
    format: word(z.string()),
    missingValues: word(labelled),
    trueValues: word(list),
    falseValues: word(list),
    decimalChar: word(z.string()),
    groupChar: word(z.string()),
    categories: word(labelled),
    constraints: word(
      z
        .object({
          required: word(z.boolean()),
          minLength: word(z.int()),
          maxLength: word(z.int()),
          minimum: word(z.union([z.number(), z.string()])),
          maximum: word(z.union([z.number(), z.string()])),
          enum: word(list),
          pattern: word(z.string()),
        })
        .catchall(rest),
    ),
  })
  .catchall(rest);

export type FieldDescriptor = z.output<typeof fieldDescriptor>;

const tableSchema = z
  .object({
    fields: z.array(fieldDescriptor).min(1),
    primaryKey: word(z.union([list, z.string().transform((name) => [name])])),
    missingValues: word(labelled),
  })
  .catchall(rest);

const dialectDescriptor = z
  .object({
    delimiter: word(z.string()),
    quoteChar: word(z.string()),
    header: word(z.boolean()),
    headerRows: word(z.array(z.int())),
    commentChar: word(z.string()),
  })
  .catchall(rest);

const resourceDescriptor = z
  .object({
    name: word(z.string()),
    path: word(z.union([list, z.string().transform((path) => [path])])),
    encoding: word(z.string()),
    dialect: word(dialectDescriptor),
    schema: tableSchema,
  })
  .catchall(rest);

export type ResourceDescriptor = z.output<typeof resourceDescriptor>;

const packageDescriptor = z.object({ resources: z.array(z.unknown()).min(1) });

/**
 * Reads a Table Schema, a Tabular Data Resource, or a Data Package with one resource.
 *
 * @throws {ErrorWithHint} when the text is none of these
 */
export function readDescriptor(json: string): ResourceDescriptor {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch (error) {
    throw new ErrorWithHint(
      `the descriptor is no JSON: ${messageOf(error)}`,
      'give a file that holds a Table Schema as JSON',
    );
  }
  const packaged = packageDescriptor.safeParse(given);
  const resources = packaged.success ? packaged.data.resources : [given];
  if (resources.length > 1) {
    throw new ErrorWithHint(
      `the package has ${resources.length} resources, and a feed is made from one`,
      'put the resource that you want into a file of its own',
    );
  }
  const [one] = resources;
  const isSchema = tableSchema.safeParse(one).success;
  const parsed = resourceDescriptor.safeParse(isSchema ? { schema: one } : one);
  if (parsed.success) return parsed.data;
  throw new ErrorWithHint(
    'the descriptor has no schema with fields that have names',
    'give a Table Schema, a Tabular Data Resource, or a Data Package with one resource',
  );
}
