import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verify } from '@sluice/ledger';
import { tempFolder } from '@sluice/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcess, inProcess } from './in-process.ts';
import { dropFile } from './load.ts';

// PostgreSQL has a reader of JSON of its own, which knows nothing of ours. It says which lines are records, and which values they have.

let pipeline: InProcess;
const [folder, FEEDS_DIR] = [tempFolder(), tempFolder()];

beforeAll(async () => {
  pipeline = await inProcess();
  writeFileSync(
    join(FEEDS_DIR, 'odd.yaml'),
    `{ feed: odd, source: "${folder}", table: odd, format: { type: ndjson }, load: { duplicates: keep }, schema: { fields: [
      { name: text, type: string, optional: true },
      { name: amount, type: number, optional: true },
      { name: flag, type: boolean, optional: true },
      { name: body, type: object, optional: true },
      { name: list, type: array, optional: true }] } }`,
  );
  await pipeline.sql`CREATE TABLE odd (text TEXT, amount NUMERIC, flag BOOLEAN, body JSONB, list JSONB,
    sluice_file BIGINT, sluice_line BIGINT, PRIMARY KEY (sluice_file, sluice_line))`;
});
afterAll(() => pipeline.close());

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((one) => !one.includes('\0'));
const nested = fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' });
const record = fc.record(
  {
    text: fc.option(text),
    amount: fc.oneof(
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.maxSafeInteger(),
    ),
    flag: fc.option(fc.boolean()),
    body: fc.option(fc.dictionary(text, nested, { maxKeys: 3 })),
    list: fc.option(fc.array(nested, { maxLength: 3 })),
  },
  { requiredKeys: [] },
);

/** A line as it may come, or with one character too many, too few, or another one. */
const line = fc
  .tuple(
    record.map((one) => JSON.stringify(one)),
    fc.option(
      fc.record({
        at: fc.nat(),
        del: fc.constantFrom(0, 1),
        add: fc.constantFrom(...'{}[]",:\\ 0-9eE.+tn\t\u0001x', ''),
      }),
      { freq: 2 },
    ),
  )
  .map(([good, damage]) => {
    if (damage === null) return good;
    const at = damage.at % (good.length + 1);
    return good.slice(0, at) + damage.add + good.slice(at + damage.del);
  })
  // Of numbers with huge exponents, which PostgreSQL takes up to 131,072 digits, docs/files.md has limits of our own.
  .filter((one) => one.isWellFormed() && !/[eE][+-]?\d{3}/.test(one));

it('loads of NDJSON what PostgreSQL itself finds in it, and rejects each other line', async () => {
  const lines = fc.sample(line, { numRuns: 3_000, seed: 16 });
  dropFile(folder, 'lines.ndjson', lines.join('\n'));
  await pipeline.load({ FEEDS_DIR });
  const { sql } = pipeline;
  // A text of JSON is cast only after it was found to be one.
  const wrong = await sql`
    WITH line AS (SELECT row_number() OVER () AS no, line FROM unnest(${lines}::text[]) AS line),
    read AS MATERIALIZED (
      SELECT no, line, CASE WHEN line IS JSON OBJECT WITH UNIQUE KEYS THEN line::json END AS json FROM line),
    judged AS MATERIALIZED (
      SELECT no, line, json, json IS NOT NULL
        AND coalesce(json_typeof(json->'text'), 'null') IN ('string', 'null')
        AND coalesce(json_typeof(json->'amount'), 'null') IN ('number', 'null')
        AND coalesce(json_typeof(json->'flag'), 'null') IN ('boolean', 'null')
        AND coalesce(json_typeof(json->'body'), 'null') IN ('object', 'null')
        AND coalesce(json_typeof(json->'list'), 'null') IN ('array', 'null') AS right FROM read)
    SELECT no, line, "right", odd.* FROM judged LEFT JOIN odd ON sluice_line = no
    WHERE CASE WHEN NOT "right" THEN sluice_line IS NOT NULL
      ELSE sluice_line IS NULL
        OR odd.text IS DISTINCT FROM nullif(json->>'text', '')
        OR odd.amount IS DISTINCT FROM (json->>'amount')::numeric
        OR odd.flag IS DISTINCT FROM (json->>'flag')::boolean
        OR odd.body IS DISTINCT FROM nullif((json->'body')::jsonb, 'null')
        OR odd.list IS DISTINCT FROM nullif((json->'list')::jsonb, 'null') END`;
  expect(wrong).toEqual([]);
  const [counts] = await sql<{ rows: number; rejects: number }[]>`
    SELECT (SELECT count(*)::int FROM odd) AS rows, (SELECT count(*)::int FROM sluice_rejects) AS rejects`;
  expect(counts?.rows).toBeGreaterThan(1_000);
  expect(counts?.rejects).toBeGreaterThan(300);
  expect((counts?.rows ?? 0) + (counts?.rejects ?? 0)).toBe(lines.length);
  expect((await verify(sql)).problems).toEqual([]);
});
