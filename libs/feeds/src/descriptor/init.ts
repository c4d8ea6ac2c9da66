import { ENCODINGS } from '@sluice/core';
import { Document, isMap, isPair, isScalar, isSeq } from 'yaml';
import { columnNames, feedName, patternOf } from '../infer/names.ts';
import { ENCODING_NAMES } from '../words/elsewhere.ts';
import { type ResourceDescriptor, readDescriptor } from './descriptor.ts';
import { compact, fieldWordsOf, type Note } from './field.ts';

/** A feed that was made from a descriptor. */
export interface FromDescriptor {
  readonly name: string;
  /** The YAML. An open question stands there as `?`, and the reader of feeds refuses it until it is answered. */
  readonly yaml: string;
  /** What the descriptor says and the feed cannot. It stands in the YAML as comments, too. */
  readonly notes: readonly string[];
}

/**
 * Translates a Frictionless descriptor into the YAML of a feed, once: afterwards the two have nothing to do with each other.
 *
 * @param json the text of a Table Schema, a Tabular Data Resource, or a Data Package with one resource
 * @param name of the feed. By default that of the resource or of its file
 * @throws {ErrorWithHint} when the text is none of these
 */
export function initFromDescriptor(json: string, name?: string): FromDescriptor {
  const resource = readDescriptor(json);
  const notes: string[] = [];
  const note: Note = (text) => notes.push(text);
  const paths = (resource.path ?? []).map((path) => path.split(/[\\/]/).at(-1) ?? path);
  const feed = name ?? feedName(resource.name ?? paths[0] ?? 'feed');
  const columns = columnNames(
    resource.schema.fields.map((field) => field.name),
    (column) => column.startsWith('sluice_'),
  );
  const words = compact({
    feed,
    files: paths.length === 0 ? undefined : [...new Set(paths.map(patternOf))],
    format: formatOf(resource, note),
    table: feed,
    schema: schemaOf(resource, columns, note),
  });
  return { name: feed, yaml: written(words, notes), notes };
}

function formatOf(
  { encoding, dialect = {}, schema }: ResourceDescriptor,
  note: Note,
): Record<string, unknown> | undefined {
  const { delimiter, quoteChar, commentChar, header, headerRows = [1], ...others } = dialect;
  for (const [word, value] of Object.entries(others)) {
    const usual = { lineTerminator: '\r\n', doubleQuote: true, skipInitialSpace: false, headerCase: false };
    if (word in usual ? usual[word as keyof typeof usual] !== value : word !== 'csvddfVersion')
      note(`format: ${word} has no meaning here`);
  }
  const bare = schema.fields.filter(({ type }) => type === 'datetime').map((field) => field.name);
  if (bare.length > 0)
    note(`format: ${bare.join(', ')} without an offset is in UTC; timezone names another zone`);
  const words = compact({
    delimiter: delimiter === ',' ? undefined : delimiter === '\t' ? 'tab' : delimiter,
    quoteChar: quoteChar === '"' ? undefined : quoteChar,
    comment: commentChar,
    encoding: encodingOf(encoding, note),
    skipRows: (headerRows[0] ?? 1) > 1 ? (headerRows[0] ?? 1) - 1 : undefined,
    header: header === false || headerRows.length === 0 ? false : undefined,
  });
  return Object.keys(words).length === 0 ? undefined : words;
}

function encodingOf(encoding: string | undefined, note: Note): string | undefined {
  if (encoding === undefined) return undefined;
  const given = encoding.toLowerCase();
  const known = ENCODINGS.find((one) => one === (ENCODING_NAMES[given] ?? given));
  if (known === undefined) note(`format: the encoding ${encoding} is not known here`);
  return known === 'utf-8' ? undefined : known;
}

function schemaOf(
  { schema }: ResourceDescriptor,
  columns: readonly string[],
  note: Note,
): Record<string, unknown> {
  const { fields, primaryKey = [], missingValues, ...others } = schema;
  for (const word of Object.keys(others)) {
    if (!['title', 'description', 'name', 'profile', '$schema'].includes(word))
      note(`schema: ${word} has no meaning here`);
  }
  const key =
    primaryKey.length > 0
      ? primaryKey
      : fields
          .filter(isUnique)
          .slice(0, 1)
          .map(({ name }) => name);
  const columnOf = (name: string) => columns[fields.findIndex((field) => field.name === name)] ?? name;
  return compact({
    primaryKey: key.length === 0 ? '?' : key.map(columnOf),
    missingValues,
    fields: fields.map((field, i) =>
      fieldWordsOf(field, columns[i] ?? field.name, key.includes(field.name), note),
    ),
  });
}

function isUnique({ constraints }: ResourceDescriptor['schema']['fields'][number]): boolean {
  return constraints?.unique === true && constraints.required === true;
}

const QUESTION =
  ' Question: which fields identify a record? Without any, leave out primaryKey and write load: { duplicates: keep }';

function written(words: Record<string, unknown>, notes: readonly string[]): string {
  const document = new Document(words);
  const told = notes.map((text) => ` Not translated: ${text}.`);
  document.commentBefore = [
    ' yaml-language-server: $schema=./feed.schema.json',
    ' Written by `feed init` from a descriptor.',
    ...told,
  ].join('\n');
  for (const path of [['files'], ['format'], ['schema', 'missingValues'], ['schema', 'primaryKey']]) {
    const node = document.getIn(path, true);
    if (isMap(node) || isSeq(node)) node.flow = true;
  }
  const fields = document.getIn(['schema', 'fields'], true);
  if (isSeq(fields)) for (const field of fields.items) if (isMap(field)) field.flow = true;
  const schema = document.get('schema', true);
  const [first] = isMap(schema) ? schema.items : [];
  if (isPair(first) && isScalar(first.key) && isScalar(first.value) && first.value.value === '?')
    first.key.commentBefore = QUESTION;
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
