import { membersOf, textOfString } from '../json-members.ts';
import type { ReadingRules } from '../rules.ts';
import { type Contract, columnsOf, type Field, type Value } from './contract.ts';
import { copyValues, nullTextOf } from './copy-line.ts';
import { withoutExponent } from './json-number.ts';
import { isRefused, MASKED, type Reader, type Refused, readerOf, refusalOf } from './reading.ts';
import { GENERAL, type Reject, reject } from './reject.ts';
import { valueReader } from './validate.ts';

/** Turns one line into a row as a line for COPY, without its line end, or into a reject (I7). */
export type JsonReader = (raw: string, line: number) => string | Reject;

type Sources = ReadonlyMap<string, string>;
type General = keyof typeof GENERAL;

/**
 * Compiles the reader of the lines of an NDJSON file. A text is read as the cell of a CSV file with the same text; the kinds of
 * other values must be those of their fields, as docs/feeds.md says.
 *
 * @param name the file's name in the ledger. Fields may have parts of it for their values
 */
export function jsonReaderOf(
  contract: Contract,
  { timeZone }: Pick<ReadingRules, 'timeZone'>,
  name: string,
): JsonReader {
  const { fields, unknownColumns } = contract;
  const names = columnsOf(contract);
  const readers = fields.map((field) => fieldReader(field, contract, timeZone, name));
  const nullText = nullTextOf(contract);
  const known = new Set(fields.flatMap(keysOf));
  const raw = rawOf(contract);
  return (text, line) => {
    const sources = objectIn(text);
    const refuse = (column: string | null, { code, expected }: Refused): Reject =>
      reject({ line, lastLine: line, raw: raw(text, sources) }, column, code, expected);
    if (typeof sources === 'string') return refuse(null, general(sources));
    if (unknownColumns === 'refuse' && [...sources.keys()].some((key) => !known.has(key)))
      return refuse(null, general('unknown_key'));
    const values: Value[] = [];
    for (let i = 0; i < readers.length; i += 1) {
      const value = readers[i]?.(sources) ?? null;
      if (isRefused(value)) return refuse(names[i] ?? null, value);
      values.push(value);
    }
    return copyValues(fields, values, nullText);
  };
}

/** The members of the object that a line holds, as they stand there, or what is wrong with the line. */
export function objectIn(text: string): Sources | General {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return 'not_an_object';
  } catch {
    return 'invalid_json'; // The message would quote the data (I10).
  }
  const { sources, twice, deep } = membersOf(text);
  if (deep) return 'too_deep';
  return twice ? 'duplicate_key' : sources;
}

/** The keys under which a line may have a field, in any line only one of them. */
export function keysOf({ name, from = [], value }: Field): readonly string[] {
  return value === undefined ? [...new Set([name, ...from])] : [];
}

function general(code: General): Refused {
  return { code, expected: GENERAL[code] };
}

/** Reads a field from the members of a line. */
function fieldReader(
  field: Field,
  contract: Contract,
  timeZone: string,
  name: string,
): (sources: Sources) => Value | Refused {
  const given = valueReader(field, contract, timeZone, name);
  if (field.value !== undefined) return () => given(undefined);
  const read = sourceReader(field, given, timeZone);
  const keys = keysOf(field);
  const [key = field.name, ...others] = keys;
  const absent =
    field.optional || field.constraints.required
      ? given(undefined)
      : {
          code: field.codes?.missing_key ?? 'missing_key',
          expected: `the key ${key}, null if it has no value`,
        };
  const only = (source: string | undefined) => (source === undefined ? absent : read(source));
  if (others.length === 0) return (sources) => only(sources.get(key));
  const twice = { code: 'duplicate_key', expected: `one of the keys ${keys.join(', ')}` };
  return (sources) => {
    const found = keys.filter((one) => sources.has(one));
    return found.length > 1 ? twice : only(sources.get(found[0] ?? key));
  };
}

/** Reads a value as it stands in a line. Its first character tells its kind. */
function sourceReader(field: Field, read: Reader, timeZone: string): (source: string) => Value | Refused {
  const { type } = field;
  const wrong = refusalOf(field);
  const readNumber = numberReader(field, timeZone);
  return (source) => {
    switch (source.charAt(0)) {
      case '"':
        return type === 'object' || type === 'array' ? wrong : read(textOfString(source));
      case 'n':
        return read(undefined);
      case 't':
      case 'f':
        return type === 'boolean' ? source === 'true' : wrong;
      case '{':
        return type === 'object' ? read(source) : wrong;
      case '[':
        return type === 'array' ? read(source) : wrong;
      default:
        return readNumber?.(source) ?? wrong;
    }
  };
}

/** A number of JSON has a point and no groups, whatever the texts of its field have. */
function numberReader(field: Field, timeZone: string): Reader | undefined {
  if (field.type !== 'integer' && field.type !== 'number') return undefined;
  const { groupChar: _, ...ungrouped } = field;
  if (ungrouped.type === 'integer') return readerOf(ungrouped, timeZone);
  const { decimalChar: __, ...plain } = ungrouped;
  const read = readerOf(plain, timeZone);
  return (source) => read(source && withoutExponent(source));
}

/** What rejects keep of a line: see {@link MASKED}. Where it is not certain which value belongs to which field, nothing is kept. */
function rawOf({ fields }: Contract): (text: string, sources: Sources | General) => string {
  const sensitive = fields.filter((field) => field.sensitive);
  if (sensitive.length === 0) return (text) => text;
  const plain = (key: string) => key.trim().toLowerCase();
  const hidden = new Set(sensitive.flatMap(keysOf).map(plain));
  return (_, sources) => {
    if (typeof sources === 'string') return '';
    const members = Array.from(sources, ([key, source]) => {
      const isHidden = hidden.has(plain(key)) && source !== 'null' && source !== '""';
      return `${JSON.stringify(key)}:${isHidden ? `"${MASKED}"` : source}`;
    });
    return `{${members.join(',')}}`;
  };
}
