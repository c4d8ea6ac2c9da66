import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const CORPUS = fileURLToPath(new URL('../corpus', import.meta.url));

/** A record that must become an event. `again`: its id occurs earlier in the same chunk. */
const row = z
  .strictObject({
    line: z.int().positive(),
    /** The line on which the record ends, if that is another line. */
    last_line: z.int().positive().optional(),
    event_id: z.string(),
    event_type: z.string(),
    product_id: z.string(),
    user_id: z.string(),
    event_timestamp: z.string(),
    quantity: z.int().nullable(),
    price: z.string().nullable(),
    again: z.literal(true).optional(),
  })
  .readonly();

/** The expected result for one file, following docs/files.md. Values are as PostgreSQL shows them. */
const outcome = z.strictObject({
  about: z.string(),
  /** The rules of this case that differ from the usual ones. */
  rules: z
    .strictObject({
      chunkRows: z.int().exactOptional(),
      delimiter: z.string().exactOptional(),
      timeZone: z.string().exactOptional(),
      expansionLimit: z.number().exactOptional(),
    })
    .optional(),
  /** How to make a file that is too large to keep in the folder. */
  make: z
    .strictObject({
      name: z.string(),
      parts: z.array(z.strictObject({ text: z.string(), times: z.int().default(1) })),
    })
    .optional(),
  rows: z.array(row),
  rejects: z.array(
    z.strictObject({
      line: z.int(),
      last_line: z.int().exactOptional(),
      col: z.string().nullable(),
      code: z.string(),
    }),
  ),
  /** The first record that looks like several records, and how many such records there are. */
  strayQuotes: z.strictObject({ count: z.int(), line: z.int(), lastLine: z.int() }).nullable().default(null),
  /** `detail` is a part of the text that the quarantine must give. */
  quarantine: z.strictObject({ reason: z.string(), detail: z.string().default('') }).nullable(),
  lastLine: z.int(),
  total: z.int(),
  duplicatesInChunk: z.int().default(0),
  extraColumns: z.int().default(0),
});

export type CorpusRow = z.infer<typeof row>;

/** One file and its expected result. No two cases share an event_id, so that all can be loaded into one table. */
export interface CorpusCase extends Readonly<z.infer<typeof outcome>> {
  /** The name of the file. */
  readonly name: string;
}

/** All cases of `libs/testkit/corpus`. A case is `x.json` and the file `x.csv`, `x.csv.gz` or `x.csv.zst` beside it. */
export function corpus(): CorpusCase[] {
  const names = readdirSync(CORPUS);
  const files = new Map(
    names.filter((name) => !name.endsWith('.json')).map((name) => [withoutEnding(name), name]),
  );
  const cases = names
    .filter((name) => name.endsWith('.json'))
    .map((json) => {
      const read = outcome.parse(JSON.parse(readFileSync(join(CORPUS, json), 'utf8')));
      const base = json.slice(0, -'.json'.length);
      const name = read.make?.name ?? files.get(base);
      if (name === undefined) throw new Error(`${json} has no file beside it`);
      files.delete(base);
      return { name, ...read };
    });
  if (files.size > 0) throw new Error(`files without what is expected of them: ${[...files.values()]}`);
  return cases;
}

/** Puts the file of a case into a folder in one step, so that it is never seen half written. */
export function placeCase(folder: string, { name, make }: CorpusCase): void {
  const bytes =
    make?.parts.map(({ text, times }) => text.repeat(times)).join('') ?? readFileSync(join(CORPUS, name));
  const temporary = join(folder, `.${name}.tmp`);
  writeFileSync(temporary, bytes);
  renameSync(temporary, join(folder, name));
}

function withoutEnding(name: string): string {
  return name.replace(/\.csv(\.gz|\.zst)?$/i, '');
}
