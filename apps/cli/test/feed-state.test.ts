import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { events, type Load, loadSchema, writeLoad } from '@sluice/core';
import { type Declaration, inspect } from '@sluice/feeds';
import type { LedgerFeed } from '@sluice/ledger';
import { tempFolder } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { renamedYaml } from '../src/commands/feed/rename.ts';
import { type FeedState, type KnownFeed, stateOf } from '../src/feed-state.ts';
import { feedOfPath } from '../src/feeds.ts';
import { inspectionPage } from '../src/inspection-page.ts';
import { loadChanges } from '../src/load-changes.ts';
import { placeSample } from '../src/place-sample.ts';

const GERMAN = `Bestellnummer;Position;Datum;Betrag;Notiz
A-1;1;31.12.2025;1.234,50;Größe
A-1;2;31.12.2025;-3,00;
A-2;1;02.01.2026;12,99;x
Summe;;;1.244,49;
`;

const load = (change: (json: ReturnType<typeof writeLoad>) => object = (json) => json): Load =>
  loadSchema.parse(
    change(writeLoad({ rules: loadSchema.parse({ rules: {}, contract: events }).rules, contract: events })),
  );

test('a changed contract is told in words, field by field', () => {
  const changed = load(({ rules, contract }) => ({
    rules: { ...rules, delimiter: ';' },
    contract: {
      ...contract,
      fields: [
        ...contract.fields
          .slice(0, -1)
          .map((field) =>
            field.name === 'user_id' ? { ...field, constraints: { required: true, maxLength: 120 } } : field,
          ),
        { name: 'note', type: 'string' },
      ],
    },
  }));
  expect(loadChanges(load(), load())).toEqual([]);
  expect(loadChanges(load(), changed).map(({ sign, text }) => `${sign} ${text}`)).toEqual([
    '~ delimiter "," becomes ";"',
    '- field price',
    '~ user_id: maxLength 100 becomes 120',
    '+ field note: string',
  ]);
});

const at = (time: string) => new Date(`2026-01-01T${time}Z`);
const declared = (modifiedAt: Date, own: Load = load()) => ({ modifiedAt, load: own }) as Declaration;
const inLedger = (some: Partial<LedgerFeed> = {}) =>
  ({ contractNo: 1, yamlAt: at('12:00:00'), asideAt: null, retiredAt: null, ...some }) as LedgerFeed;
const other = load(({ contract, rules }) => ({ contract, rules: { ...rules, delimiter: ';' } }));

test.each<[FeedState, Partial<KnownFeed>]>([
  ['active', { declaration: declared(at('12:00:00')), inLedger: inLedger(), active: load() }],
  ['changed', { declaration: declared(at('13:00:00'), other), inLedger: inLedger(), active: load() }],
  ['outdated', { declaration: declared(at('11:00:00'), other), inLedger: inLedger(), active: load() }],
  ['retired', { inLedger: inLedger({ retiredAt: at('12:00:00') }), active: load() }],
  ['not in use', { declaration: declared(at('12:00:00')) }],
  [
    'set aside',
    {
      declaration: declared(at('12:00:00')),
      inLedger: inLedger({ asideAt: at('12:00:00'), asideWhy: 'no table' }),
      active: load(),
    },
  ],
  ['wrong YAML', { mistakes: [{ feed: 'a', file: '/a.yaml', line: 3, message: 'x' }], inLedger: inLedger() }],
])('a feed is %s, which its YAML and the ledger tell together', (state, known) => {
  const feed: KnownFeed = {
    ...{ name: 'a', declaration: undefined, mistakes: [], inLedger: undefined, active: undefined },
    ...known,
  };
  expect(stateOf(feed).state).toBe(state);
});

test('a renamed feed keeps its source and its table, whether its YAML names them or not', () => {
  expect(renamedYaml('feed: a\nschema: {}\n', 'a', 'b')).toBe(
    `feed: b\nsource: \${DATA_DIR}/sources/a\ntable: a\nschema: {}\n`,
  );
  expect(renamedYaml('# a\nfeed: a\nsource: x\ntable: t\n', 'a', 'b')).toBe(
    '# a\nfeed: b\nsource: x\ntable: t\n',
  );
});

test('a sample is copied once, never over another file, and only under a name that the feed takes', async () => {
  const folder = tempFolder();
  mkdirSync(folder, { recursive: true });
  const source = join(folder, 'source');
  const [sample, foreign] = [join(folder, 'a.csv'), join(folder, 'a.txt')];
  writeFileSync(sample, 'one');
  writeFileSync(foreign, 'one');
  const feed = { source, files: ['*.csv'] };
  expect(await placeSample(sample, feed)).toMatchObject({ wasThere: false });
  expect(await placeSample(sample, feed)).toMatchObject({ wasThere: true });
  writeFileSync(sample, 'two');
  await expect(placeSample(sample, feed)).rejects.toThrow(/another file of the name a\.csv/);
  await expect(placeSample(foreign, feed)).rejects.toThrow(/takes no file of the name "a\.txt"/);
  expect(readdirSync(source)).toEqual(['a.csv']);
  expect(readFileSync(join(source, 'a.csv'), 'utf8')).toBe('one');
});

test('the feed of a file is the one in whose source it lies, else the only other one that takes its name, else events', async () => {
  const folder = tempFolder();
  mkdirSync(folder, { recursive: true });
  const feed = (name: string, source: string, files: readonly string[]) =>
    ({ name, source, files, load: load() }) as Declaration;
  const known = [
    feed('events', '/e', ['*.csv']),
    feed('orders', folder, ['o*.csv']),
    feed('x', '/x', ['x*']),
  ];
  const of = async (path: string) => {
    const found = await feedOfPath(path, { declarations: known, mistakes: [] });
    return [found.feed.name, found.why];
  };
  expect(await of(join(folder, 'o1.csv'))).toEqual(['orders', 'source']);
  expect(await of('/elsewhere/o1.csv')).toEqual(['orders', 'pattern']);
  expect(await of('/elsewhere/a.csv')).toEqual(['events', 'default']);
});

test.each([80, 200])('what is seen of a sample fits %i columns', async (columns) => {
  const folder = tempFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'my.csv'), GERMAN);
  const page = inspectionPage(await inspect([join(folder, 'my.csv')]), { style: (_, text) => text, columns });
  for (const line of page.split('\n')) expect(line.length).toBeLessThan(columns);
  expect(page).toContain('3 records, 5 columns; semicolons between fields, UTF-8');
  expect(page.replace(/\s+/g, ' ')).toMatch(/Will be rejected: 1 record .*\(line 5\)/);
});
