import { filePattern } from '../file-pattern.ts';
import { baseOf } from '../ledger-name.ts';
import type { Quarantine } from '../quarantine.ts';
import type { Contract, Field } from './contract.ts';
import { isRefused, readerOf } from './reading.ts';

const PART = /^\$file\.([1-9]\d?)$/;

/** The number of the part of a file's name that a field has for its value; undefined when it has none. */
export function partNumber({ value }: Pick<Field, 'value'>): number | undefined {
  const found = PART.exec(value ?? '');
  return found === null ? undefined : Number(found[1]);
}

/**
 * The text of a field that does not come from the file's content: a constant, or a part of the file's name. Undefined when the
 * name has no such part.
 *
 * @param name the file's name in the ledger
 */
export function givenText(field: Field, { files }: Contract, name: string): string | undefined {
  const part = partNumber(field);
  if (part === undefined) return field.value;
  return filePattern(files ?? []).partsOf(baseOf(name))?.[part - 1];
}

/** Why a file cannot be read because of its name: a field has a part of it for its value, and that is no such value. */
export function nameFault(contract: Contract, timeZone: string, name: string): Quarantine | null {
  for (const field of contract.fields) {
    if (field.value === undefined) continue;
    const value = readerOf(field, timeZone)(givenText(field, contract, name));
    if (isRefused(value))
      return { reason: 'file_name', detail: `${field.name} is ${field.value}: ${value.expected}` };
  }
  return null;
}
