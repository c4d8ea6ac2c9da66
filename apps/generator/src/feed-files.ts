import { base, en, Faker } from '@faker-js/faker';
import type { Contract, Field, Load } from '@sluice/core';
import { ErrorWithHint } from '@sluice/process';
import { encoderOf } from './encode.ts';
import { type Making, makerOf, missingWords, WORDS } from './values.ts';

/** One line of a file, without its line end, and what the pipeline must make of it. */
interface FeedRow {
  readonly kind: 'fresh' | 'duplicate' | 'malformed';
  readonly line: string;
}

interface FeedOptions {
  readonly seed: number | number[];
  /** Rows per file, both bounds included. */
  readonly rows: { readonly min: number; readonly max: number };
  /** Share of rows, 0 to 1, that repeat an earlier record exactly. */
  readonly duplicates: number;
  /** Share of rows, 0 to 1, that are broken. */
  readonly malformed: number;
  /** The time of the next record in milliseconds since 1970. Without it, time starts on 1 January 2026 and goes on by a second. */
  readonly clock?: () => number;
}

/** A feed for which files are generated. */
export interface GeneratedFeed {
  readonly name: string;
  /** The folder that the files are written into. */
  readonly source: string;
  /** Patterns of the names of its files. */
  readonly files: readonly string[];
  readonly load: Load;
}

/** The files of a feed: the records of one after another, and how a file is named and written. */
export function writtenFiles({ name, source, files, load }: GeneratedFeed, options: FeedOptions) {
  const { encode } = encoderOf(load.rules.encoding);
  const head = headOf(load);
  return {
    feed: name,
    dir: source,
    named: namesOf(name, files),
    rows: feedFiles(load, options),
    content: (rows: readonly FeedRow[]) => encode([...head, ...rows.map(({ line }) => line), ''].join('\n')),
  };
}

/** Names of generated files, which the first suitable pattern of the feed matches. */
function namesOf(feed: string, patterns: readonly string[]): (seconds: number, n: number) => string {
  const pattern = patterns.find((one) => one.includes('*') && !/\.(gz|zst|zip)$/i.test(one));
  if (pattern === undefined) {
    throw new ErrorWithHint(
      `no file can be generated for the feed ${feed}: none of its patterns has a * and is uncompressed (${patterns.join(', ')})`,
      `add such a pattern to "files", such as ${feed}_*.csv`,
    );
  }
  const begins = pattern.startsWith('*') ? `${feed}_` : '';
  return (seconds, n) =>
    begins + pattern.replace('*', `${seconds}_${n}`).replaceAll('*', 'x').replaceAll('?', '0');
}

/** A duplicate repeats one of this many latest records, so memory is bounded (I8). */
const REMEMBERED = 1_000;

const FIXED_START = Date.UTC(2026, 0, 1);

/** The fields that stand in the files of a feed. */
function fieldsIn({ fields }: Contract): Field[] {
  return fields.filter(({ value }) => value === undefined);
}

/**
 * Generates the records of one file of a feed after another, endlessly. The same options (without a clock) give the same records.
 * Keys are different as far as their types have room for that. A malformed record can only be a reject.
 */
function* feedFiles({ contract, rules }: Load, options: FeedOptions): Generator<FeedRow[], never> {
  const { rows, duplicates, malformed } = options;
  const faker = new Faker({ locale: [en, base] });
  faker.seed(options.seed);
  let time = FIXED_START - 1_000;
  const clock = options.clock ?? (() => (time += 1_000));
  const { has } = encoderOf(rules.encoding);
  const making: Making = { faker, contract, timeZone: rules.timeZone, words: WORDS.filter(has) };
  const fields = fieldsIn(contract);
  const makers = fields.map((field) => makerOf(field, making));
  const breakages = breakagesOf(fields);
  const recent: FeedRow[] = [];
  let [records, written] = [0, 0];

  const values = (): string[] => {
    const at = clock();
    const made = makers.map((make) => make(records, at));
    records += 1;
    return made;
  };
  const row = (): FeedRow => {
    const share = faker.number.float();
    if (share < malformed) {
      const broken = faker.helpers.arrayElement(breakages)(values());
      return { kind: 'malformed', line: lineOf(broken, rules) };
    }
    const again = share < malformed + duplicates && recent.length > 0;
    if (again) return faker.helpers.arrayElement(recent);
    const line = lineOf(values(), rules);
    recent[written++ % REMEMBERED] = { kind: 'duplicate', line };
    return { kind: 'fresh', line };
  };

  for (;;) yield Array.from({ length: faker.number.int(rows) }, row);
}

type Breakage = (values: readonly string[]) => readonly string[];

/** Ways in which records of a feed can be broken, so that each can only be a reject. */
function breakagesOf(fields: readonly Field[]): Breakage[] {
  const ofFields = fields.flatMap((field, at): Breakage[] => {
    const { required, maxLength } = field.constraints;
    const [missing] = missingWords(field);
    const isText = field.type === 'string' && field.format === undefined;
    // A line with nothing on it is no record.
    const seen = missing !== undefined && (missing !== '' || fields.length > 1);
    return [
      ...(required && seen ? [(values: readonly string[]) => values.with(at, missing)] : []),
      ...(isText ? [] : [(values: readonly string[]) => values.with(at, 'no such value')]),
      ...(maxLength === undefined || maxLength > 1_000
        ? []
        : [(values: readonly string[]) => values.with(at, 'x'.repeat(maxLength + 1))]),
    ];
  });
  const tooFew: Breakage[] = fields.length > 1 ? [(values) => values.slice(0, -1)] : [];
  return [...ofFields, ...tooFew, (values) => [...values, 'extra']];
}

/** The lines of a file before its records: those that the feed skips, and the header. */
function headOf({ contract, rules }: Load): string[] {
  const skipped = Array.from({ length: rules.skipRows }, (_, i) => `Written by a generator, line ${i + 1}`);
  const names = fieldsIn(contract).map(({ name, from }) => from?.[0] ?? name);
  return rules.header ? [...skipped, lineOf(names, rules)] : skipped;
}

function lineOf(values: readonly string[], { delimiter, quoteChar, comment }: Load['rules']): string {
  const special = [delimiter, quoteChar, '\r', '\n'].filter((mark) => mark !== null);
  const quoted = (value: string, at: number): string => {
    const asComment = at === 0 && comment !== null && value.startsWith(comment);
    if (quoteChar === null || !(asComment || special.some((mark) => value.includes(mark)))) return value;
    return `${quoteChar}${value.replaceAll(quoteChar, quoteChar.repeat(2))}${quoteChar}`;
  };
  return values.map(quoted).join(delimiter);
}
