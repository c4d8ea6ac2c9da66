import { ErrorWithHint } from '@sluice/process';
import { stringify } from 'yaml';
import type { InferredField } from './findings.ts';
import { grouped, type Outlier } from './inferred.ts';
import type { Inspection } from './inspect.ts';
import { patternOf } from './names.ts';

/** What a person decides about a new feed. What is left out is taken from the samples. */
export interface FeedChoices {
  readonly name: string;
  /** By default the name of the feed. */
  readonly table?: string;
  /** The columns that identify a record, by their names in the table or in the header; or `keep`: each record is a row. */
  readonly key?: readonly string[] | 'keep';
  /** Patterns of the names of its files. */
  readonly files?: readonly string[];
}

/** Words for "no value" that the whole file may have; other ones are named where they stand. */
const MISSING = ['', 'NULL', 'null', '\\N', 'N/A', 'n/a', '#N/A'];

/**
 * Writes the YAML of a feed, with what was seen as comments, and no values. An open question stands there as `?`, and the reader
 * of feeds refuses it until it is answered.
 *
 * @throws {ErrorWithHint} when the key names a column that the samples do not have
 */
export function feedYaml(inspection: Inspection, choices: FeedChoices): string {
  const { name, table = name } = choices;
  const key =
    choices.key === 'keep' ? choices.key : choices.key?.map((column) => columnOf(column, inspection));
  const files = choices.files ?? [...new Set(inspection.files.map(patternOf))];
  const lines = [
    '# yaml-language-server: $schema=./feed.schema.json',
    ...seen(inspection),
    line('feed', name),
    line('files', files),
    ...formatLines(inspection),
    line('table', table),
    'schema:',
    ...keyLines(inspection, key).map(indented),
    ...fieldLines(inspection, key).map(indented),
    ...(key === 'keep' ? [line('load', { duplicates: 'keep' })] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function seen({ files, records, dialect, outliers, notes }: Inspection): string[] {
  return [
    comment(
      `Written by \`feed init\` from ${files.join(', ')}: ${counted(records)}, lines end in ${dialect.lineEnds}.`,
    ),
    ...outliers.map((outlier) => comment(outlierLine(outlier, files))),
    ...notes.map((note) => comment(`Note: ${note}.`)),
  ];
}

/** Names of files and columns may hold line ends, which would end the comment. */
function comment(text: string): string {
  return `# ${text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')}`;
}

/**
 * Says of records that the feed will reject how many there are, why, and where the first ones are.
 *
 * @param files the names of the samples
 */
export function outlierLine({ column, count, why, places }: Outlier, files: readonly string[]): string {
  const at = places.map(({ sample, line }) =>
    files.length === 1 ? `${line}` : `${line} of ${files[sample]}`,
  );
  const more = count > places.length ? ', ...' : '';
  const what = column === null ? `it ${why}` : `${column} is ${why}`;
  return `Will be rejected: ${counted(count)} where ${what} (line ${at.join(', ')}${more}).`;
}

function counted(records: number): string {
  return `${grouped(records)} ${records === 1 ? 'record' : 'records'}`;
}

function formatLines({ encoding, dialect, header, fields, questions }: Inspection): string[] {
  const { delimiter, quoteChar, skipRows } = dialect;
  const ask = questions.find(({ word }) => word === 'header');
  const bare = fields.filter((field) => field.bare).map(({ name }) => name);
  const words = [
    ...(delimiter === ',' ? [] : [line('delimiter', delimiter)]),
    ...(quoteChar === '"' ? [] : [line('quoteChar', quoteChar ?? 'none')]),
    ...(encoding === undefined ? [] : [line('encoding', encoding)]),
    ...(skipRows === 0 ? [] : [line('skipRows', skipRows)]),
    ...(ask === undefined ? [] : [question(ask.text), line('header', '?')]),
    ...(header === false ? [line('header', false)] : []),
    ...(bare.length === 0
      ? []
      : [
          `${line('timezone', 'UTC')}  # ${bare.join(', ')}: without an offset; say where these clocks are, such as Europe/Berlin`,
        ]),
  ];
  return words.length === 0 ? [] : ['format:', ...words.map(indented)];
}

/** The name in the table of a column that a person has named. */
function columnOf(given: string, { fields }: Inspection): string {
  const plain = given.trim().toLowerCase();
  const field =
    fields.find(({ name }) => name === plain) ??
    fields.find(({ from }) => from.some((header) => header.toLowerCase() === plain));
  if (field !== undefined) return field.name;
  throw new ErrorWithHint(
    `there is no column ${JSON.stringify(given)} for the key`,
    `name some of ${fields.map(({ name }) => name).join(', ')}`,
  );
}

type Key = FeedChoices['key'];

function keyLines({ key, candidates, questions, records }: Inspection, chosen: Key): string[] {
  if (chosen === 'keep') return [];
  const given = chosen ?? key;
  if (given !== null) {
    const proved = candidates.find(
      ({ columns }) => columns.join() === [...given].sort(order(columns)).join(),
    );
    if (proved === undefined) return [line('primaryKey', given)];
    const how = proved.oneOf === 1 ? '' : `, of which one in ${proved.oneOf} was compared`;
    return [`${line('primaryKey', given)}  # unique in all ${counted(records)}${how}`];
  }
  const ask = questions.find(({ word }) => word === 'primaryKey');
  const possible = candidates.slice(0, 5).map(({ columns }) => flow(columns));
  const unique = possible.length > 0 ? [`# Unique in all ${counted(records)}: ${possible.join(' or ')}`] : [];
  return [question(ask?.text ?? ''), ...unique, line('primaryKey', '?')];
}

/** Compares names by their places in a list. */
function order(names: readonly string[]): (a: string, b: string) => number {
  return (a, b) => names.indexOf(a) - names.indexOf(b);
}

function fieldLines({ fields, header }: Inspection, key: Key): string[] {
  const clear = MISSING.filter((word) => fields.some((field) => field.absent.includes(word)));
  const missing =
    clear.length === 0 || clear.join('\0') === '' ? [''] : ['', ...clear.filter((word) => word !== '')];
  const longest = Math.max(...fields.map(({ name }) => name.length));
  const required = new Set(key === 'keep' ? [] : key);
  return [
    ...(missing.length > 1 ? [line('missingValues', missing)] : []),
    'fields:',
    ...fields.flatMap((field) => {
      const ask = field.question === null ? [] : [`  ${question(field.question.text)}`];
      const words = wordsOf(field, { missing, header: header !== false, required: required.has(field.name) });
      const name = `${field.name},`.padEnd(longest + 1);
      const rest = Object.entries(words).map(([word, value]) => `${word}: ${flow(value)}`);
      return [...ask, `  - { name: ${name} ${rest.join(', ')} }  # ${field.seen.join(', ')}`];
    }),
  ];
}

function wordsOf(
  field: InferredField,
  o: { readonly missing: readonly string[]; readonly header: boolean; readonly required: boolean },
): Record<string, unknown> {
  const { type, ...words } = field.words;
  const own = field.from.every((name) => name.trim().toLowerCase() === field.name);
  const constraints = {
    ...((field.required || o.required) && { required: true }),
    ...(field.maxLength !== null && { maxLength: field.maxLength }),
  };
  return {
    type,
    ...(o.header && !own && { from: field.from }),
    ...words,
    ...(field.optional && o.header && { optional: true }),
    ...(field.missing.length > 0 && { missingValues: [...o.missing, ...field.missing] }),
    ...(Object.keys(constraints).length > 0 && { constraints }),
  };
}

function question(text: string): string {
  return `# Question: ${text}`;
}

function line(word: string, value: unknown): string {
  return `${word}: ${flow(value)}`;
}

const indented = (text: string): string => `  ${text}`;

/** A value on one line. Lists and maps are written as in JSON, and texts without quotes where they may be. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return scalar(value);
  const words = Object.entries(value).map(([word, inner]) => `${word}: ${flow(inner)}`);
  return `{ ${words.join(', ')} }`;
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  const plain = /^[A-Za-z][\w./-]*$/.test(value) && stringify(value).trim() === value;
  return plain ? value : JSON.stringify(value);
}
