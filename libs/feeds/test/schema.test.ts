import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { feedSchema } from '../src/index.ts';

const folder = join(import.meta.dirname, '../../../config/feeds');

test('feed.schema.json is what the words generate', async () => {
  const file = join(folder, 'feed.schema.json');
  await expect(`${JSON.stringify(feedSchema(), null, 2)}\n`).toMatchFileSnapshot(file);
});

/** All parts of the schema that are words, by their paths. */
function wordsIn(part: unknown, path = ''): [string, Record<string, unknown>][] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => {
    if (key !== 'properties') return wordsIn(value, key === 'items' ? path : `${path}${key}.`);
    const words: [string, Record<string, unknown>][] = Object.entries(value);
    return words.flatMap(([word, below]) => [
      [`${path}${word}`, below],
      ...wordsIn(below, `${path}${word}.`),
    ]);
  });
}

test('an editor shows a sentence for each word', () => {
  const words = wordsIn(feedSchema());
  expect(words.map(([path]) => path)).toEqual(
    expect.arrayContaining(['feed', 'format.delimiter', 'schema.fields.digits', 'load.duplicates']),
  );
  const without = words.filter(([, { description }]) => !/^[^\n]{10,}\.$/.test(String(description)));
  expect(without.map(([path]) => path)).toEqual([]);
});

test('the schema takes the feed that Sluice ships with, and refuses an unknown word and a wrong value', () => {
  const schema = z.fromJSONSchema(feedSchema());
  const events = parse(readFileSync(join(folder, 'events.yaml'), 'utf8'));
  expect(schema.safeParse(events).error).toBeUndefined();
  for (const wrong of [
    { ...events, tabel: 'x' },
    { ...events, load: { ...events.load, cleanSource: 'move' } },
    { ...events, schema: { ...events.schema, fields: [{ name: 'Id' }] } },
  ])
    expect(schema.safeParse(wrong).success).toBe(false);
});
