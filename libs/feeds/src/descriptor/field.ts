import type { FieldDescriptor } from './descriptor.ts';

/** Tells what could not be translated. */
export type Note = (text: string) => void;

/** The types that have the same name and meaning here, but for what docs/feeds.md tells. */
const SAME = ['string', 'integer', 'number', 'boolean', 'date', 'datetime', 'object', 'array'];

/** The types whose values can be kept as another type. */
const OTHERS: Readonly<Record<string, string>> = { year: 'integer' };

/** The words of a field that are translated or mean nothing for loading. */
const KNOWN =
  'name type format title description example missingValues trueValues falseValues decimalChar groupChar categories constraints rdfType'.split(
    ' ',
  );

const KNOWN_CONSTRAINTS = 'required unique minLength maxLength minimum maximum enum pattern'.split(' ');

/**
 * Translates one field.
 *
 * @param column its name in the table
 */
export function fieldWordsOf(
  field: FieldDescriptor,
  column: string,
  isKey: boolean,
  note: Note,
): Record<string, unknown> {
  const { name, constraints = {}, categories } = field;
  const say = (text: string) => note(`${column}: ${text}`);
  for (const word of Object.keys(field)) {
    if (!KNOWN.includes(word)) say(`${word} has no meaning here`);
  }
  for (const word of Object.keys(constraints)) {
    if (!KNOWN_CONSTRAINTS.includes(word)) say(`the constraint ${word} is not checked`);
  }
  if (constraints.unique === true && !isKey)
    say('that its values are unique is not checked: put a unique index on the table');
  const type = typeOf(field, say);
  const format = formatOf(field, type, say);
  const own = name.trim().toLowerCase() === column;
  const given = {
    required: constraints.required || isKey || undefined,
    minLength: constraints.minLength,
    maxLength: constraints.maxLength,
    minimum: boundOf(type, constraints.minimum),
    maximum: boundOf(type, constraints.maximum),
    enum: constraints.enum ?? (type === 'boolean' ? undefined : categories),
    pattern: constraints.pattern,
  };
  const fitting = Object.entries(given).filter(([word, value]) => {
    if (value === undefined) return false;
    const fits = fitsType(word, type, format);
    if (!fits) say(`the constraint ${word} is not checked for this type`);
    return fits;
  });
  return compact({
    name: column,
    type,
    from: own ? undefined : [name],
    format,
    missingValues: field.missingValues,
    trueValues: type === 'boolean' ? field.trueValues : undefined,
    falseValues: type === 'boolean' ? field.falseValues : undefined,
    decimalChar: type === 'number' ? field.decimalChar : undefined,
    groupChar: type === 'number' || type === 'integer' ? field.groupChar : undefined,
    constraints: fitting.length === 0 ? undefined : Object.fromEntries(fitting),
  });
}

function typeOf({ type = 'string' }: FieldDescriptor, say: Note): string {
  if (SAME.includes(type)) return type;
  const other = OTHERS[type] ?? 'string';
  say(`there is no type ${type}, so it is read as ${other}`);
  return other;
}

function formatOf({ format = 'default' }: FieldDescriptor, type: string, say: Note): string | undefined {
  const plain = format.replace(/^fmt:/, '');
  if (plain === 'default') return undefined;
  if (type === 'string') {
    if (plain === 'uuid' || plain === 'email') return plain;
    say(`the format ${plain} is not checked`);
    return undefined;
  }
  if (type !== 'date' && type !== 'datetime') return undefined;
  if (plain !== 'any') return plain;
  say('the format any guesses, and nothing is guessed here: say how it is written');
  return '?';
}

/** Dates are compared as texts of one form. */
function boundOf(type: string, bound: string | number | undefined): string | number | undefined {
  if (type !== 'datetime' || typeof bound !== 'string') return bound;
  return bound.replace('T', ' ').replace(/Z$/, '');
}

function fitsType(word: string, type: string, format: string | undefined): boolean {
  if (word === 'required') return true;
  if (type === 'object' || type === 'array') return false;
  if (word === 'pattern') return type === 'string';
  if (word === 'minLength' || word === 'maxLength') return type === 'string' && format === undefined;
  return word === 'enum' ? type !== 'boolean' : type !== 'string' && type !== 'boolean';
}

/** Leaves out the words without a value. */
export function compact(words: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
}
