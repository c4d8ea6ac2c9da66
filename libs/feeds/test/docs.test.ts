import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { expectWords, feedWords, formatWords, loadWords, schemaWords } from '../src/words/feed.ts';
import { constraintWords, fieldWords } from '../src/words/field.ts';
import { linesOf, withFeeds } from './yaml.ts';

const docs = readFileSync(join(import.meta.dirname, '../../../docs/feeds.md'), 'utf8');

/** The examples in the second column of tables. */
const examples = [...docs.matchAll(/^\|[^|]*\| `([^|]+)` \|/gm)].flatMap(([, example]) => example ?? []);

const required = { constraints: { required: true } };

/** A feed with this example of a word in it. */
function feedWith(example: string): string {
  const given = parse(example);
  const [word = ''] = Object.keys(given);
  const isField = example.startsWith('{');
  const inSchema = !isField && word in schemaWords.shape;
  const keep = /keep|sameContent|newContent/.test(example);
  const fields = [
    { name: 'order_id', ...required },
    { name: 'line', type: 'integer', ...required },
    { name: 'ordered_at', type: 'datetime', ...required },
  ].filter(({ name }) => name !== given.name);
  return stringify({
    feed: 'orders',
    files: ['orders_*.csv'],
    ...(isField || inSchema ? {} : given),
    ...(given.sourceOptions && { source: 's3://bucket' }),
    load: { ...given.load, ...(keep && { duplicates: 'keep' }) },
    schema: {
      ...(keep ? {} : { primaryKey: [fields[0]?.name] }),
      ...(inSchema ? given : {}),
      fields: [...(given.fields ?? []), ...fields, ...(isField ? [given] : [])],
    },
  });
}

test.each(examples.map((example) => [example]))(
  'the reader takes the example of the page: %s',
  async (example) => {
    expect(await linesOf(withFeeds({ 'orders.yaml': feedWith(example) }))).toEqual([]);
  },
);

test('the reader takes the whole feed of the page, and tells a mistake as the page shows it', async () => {
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(docs) ?? [];
  expect(yaml).toContain('feed: orders');
  expect(await linesOf(withFeeds({ 'orders.yaml': yaml }))).toEqual([]);
  const [told = ''] = await linesOf(withFeeds({ 'orders.yaml': yaml.replace('delimiter', 'delimeter') }));
  const [, shown = 'none'] = /```\n(config\/feeds\/orders\.yaml:.*?), \.\.\.\)\n```/s.exec(docs) ?? [];
  expect(told).toContain(shown);
});

test('the page has an example of each word', () => {
  const all = [feedWords, formatWords, schemaWords, fieldWords, constraintWords, loadWords, expectWords];
  const words = new Set(all.flatMap(({ shape }) => Object.keys(shape)));
  const text = examples.join('\n');
  const without = [...words].filter((word) => !new RegExp(`\\b${word}:`).test(text));
  // The first two are in the feed above the tables, and the others are ignored.
  expect(without).toEqual(['table', 'schema', 'title', 'description', 'example']);
});
