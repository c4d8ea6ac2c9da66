import { textOfString } from '../json-members.ts';
import type { Contract, Field } from './contract.ts';
import { keysOf, objectIn } from './json-record.ts';
import { MASKED } from './reading.ts';
import { textOf } from './write.ts';

/**
 * The values of a line of NDJSON as the cells of a CSV file that would have the same values, by the names of the fields. Undefined
 * where there is no such text, or where it is not certain which value the field has.
 *
 * @param timeZone IANA name of the zone for times without an offset
 */
export function jsonCells(
  line: string,
  { fields }: Pick<Contract, 'fields'>,
  timeZone: string,
): ReadonlyMap<string, string | undefined> {
  const sources = objectIn(line);
  if (typeof sources === 'string') return new Map();
  const cells = fields.flatMap((field): [string, string | undefined][] => {
    if (field.value !== undefined) return [];
    const found = keysOf(field).filter((key) => sources.has(key));
    const cell = found.length > 1 ? undefined : cellOf(field, sources.get(found[0] ?? ''), timeZone);
    return [[field.name, cell]];
  });
  return new Map(cells);
}

function cellOf(field: Field, source: string | undefined, timeZone: string): string | undefined {
  if (source === undefined || source === 'null') return textOf(field, '', timeZone);
  if (field.sensitive && source !== '""') return MASKED;
  if (source.startsWith('"')) {
    const text = textOfString(source);
    return text.includes('\0') || !text.isWellFormed() ? undefined : text;
  }
  const isOfField =
    field.type === 'boolean' ? /^[tf]/.test(source) : field.type === 'integer' || field.type === 'number';
  return (isOfField ? textOf(field, source, timeZone) : undefined) ?? source;
}
