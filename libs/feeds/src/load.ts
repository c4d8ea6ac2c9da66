import { DEFAULT_RULES, defaultFiles, FILLED, type Load } from '@sluice/core';
import { FROM_NAME } from './checks/files.ts';
import type { FeedWords } from './words/feed.ts';
import type { FieldWords } from './words/field.ts';

/** A load before its schema has checked it. */
export interface UncheckedLoad {
  readonly rules: Load['rules'];
  readonly contract: Readonly<Record<keyof Load['contract'], unknown>>;
}

/** What a feed pins in the ledger: how its files are read, and what a record must be. Defaults stand there in one form only. */
export function loadOfWords(words: FeedWords): UncheckedLoad {
  const { feed, table = feed, schema, load = {}, files = defaultFiles(words.format?.type) } = words;
  const { duplicates = 'first' } = load;
  const filled = duplicates === 'keep' ? FILLED : (load.filled ?? FILLED);
  const fields = schema.fields.map((field) => fieldOf(field, words));
  const named = fields.some(({ value }) => typeof value === 'string' && FROM_NAME.test(value));
  return {
    rules: rulesOf(words),
    contract: {
      table,
      fields,
      key: duplicates === 'keep' ? FILLED : (schema.primaryKey ?? []),
      duplicates,
      filled: FILLED.filter((column) => filled.includes(column)),
      countBy: load.countBy ?? null,
      time: load.time ?? null,
      unknownColumns: load.unknownColumns ?? 'ignore',
      exclusive: load.exclusive ?? false,
      files: named ? files : undefined,
    },
  };
}

function rulesOf({ format = {}, load = {} }: FeedWords): Load['rules'] {
  const quoteChar = format.quoteChar ?? DEFAULT_RULES.quoteChar;
  return {
    type: format.type ?? DEFAULT_RULES.type,
    encoding: format.encoding ?? DEFAULT_RULES.encoding,
    skipRows: format.skipRows ?? DEFAULT_RULES.skipRows,
    header: format.header ?? DEFAULT_RULES.header,
    delimiter: format.delimiter ?? DEFAULT_RULES.delimiter,
    quoteChar: quoteChar === 'none' ? null : quoteChar,
    comment: format.comment ?? DEFAULT_RULES.comment,
    timeZone: format.timezone ?? DEFAULT_RULES.timeZone,
    rejectLimit: load.rejectLimit ?? DEFAULT_RULES.rejectLimit,
    expansionLimit: load.expansionLimit ?? DEFAULT_RULES.expansionLimit,
  };
}

/** The formats that a field without `format` has. */
const DEFAULT_FORMATS: Readonly<Record<string, string>> = { date: '%Y-%m-%d', datetime: 'sluice' };

/** A field with what `schema` and `format` say for all fields. A word with its default value is left out. */
function fieldOf(field: FieldWords, { format = {}, schema }: FeedWords): Record<string, unknown> {
  const { title, description, example, constraints = {}, ...words } = field;
  const isRead = field.value === undefined;
  const isNumber = field.type === 'number';
  const missingValues = isRead ? (field.missingValues ?? schema.missingValues) : undefined;
  const decimalChar = isNumber ? (field.decimalChar ?? format.decimalChar) : undefined;
  return withoutDefaults({
    ...words,
    format: field.format === DEFAULT_FORMATS[field.type] ? undefined : field.format,
    missingValues: missingValues?.join('\0') === '' && missingValues.length === 1 ? undefined : missingValues,
    decimalChar: decimalChar === '.' ? undefined : decimalChar,
    groupChar: isNumber || field.type === 'integer' ? (field.groupChar ?? format.groupChar) : undefined,
    constraints: withoutDefaults(constraints),
  });
}

function withoutDefaults(words: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(words).filter(([, value]) => value !== undefined && value !== false),
  );
}

/** What {@link loadOfWords} pins at a path, as the path in the YAML that it came from. */
export function pathInYaml(path: readonly (string | number)[]): (string | number)[] {
  const [part, word, ...rest] = path;
  if (part === 'rules') return word === 'reject_limit' || word === 'expansion_limit' ? ['load'] : ['format'];
  if (word === 'fields') return ['schema', 'fields', ...rest];
  if (word === 'key') return ['schema', 'primaryKey', ...rest];
  return word === 'table' || word === undefined ? ['table'] : ['load', word];
}
