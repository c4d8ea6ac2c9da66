import { membersOf } from '../json-members.ts';
import type { Field } from './contract.ts';
import type { RejectCode } from './reject.ts';

/** A field whose values are objects or arrays of JSON. */
export type NestedField = Extract<Field, { readonly type: 'object' | 'array' }>;

export function isNested(field: Field): field is NestedField {
  return field.type === 'object' || field.type === 'array';
}

/** A number that is written as 1e1000 may need more digits than a number of PostgreSQL has, or than a process can hold (I8). */
const HUGE = /^-?[\d.]+[eE][+-]?0*[1-9]\d{3}/;

/**
 * Why a text is no value of a nested field; undefined when it is one. PostgreSQL keeps the text as jsonb, so that no number of it is
 * changed, and what it would drop or refuse is refused here.
 */
export function nestedFault({ type }: NestedField, text: string): RejectCode | undefined {
  const invalid = type === 'object' ? 'invalid_object' : 'invalid_array';
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return invalid; // The message would quote the data (I10).
  }
  const isOne = typeof found === 'object' && found !== null && Array.isArray(found) === (type === 'array');
  if (!isOne) return invalid;
  // In the same walk as for a whole record, the value stands one level lower.
  const { twice, deep } = membersOf(`{"":${text}}`);
  if (deep) return 'too_deep';
  if (twice) return 'duplicate_key';
  return faultWithin(found) ?? (hasHugeNumber(text) ? 'out_of_range' : undefined);
}

function faultWithin(value: unknown): RejectCode | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'nul_character';
    return value.isWellFormed() ? undefined : 'lone_surrogate';
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const inner = Array.isArray(value) ? value : Object.entries(value).flat();
  for (const one of inner) {
    const fault = faultWithin(one);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function hasHugeNumber(text: string): boolean {
  if (!/[eE]/.test(text)) return false;
  const outsideOfTexts = text.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"/gs, '""');
  return outsideOfTexts.split(/[\s,:[\]{}]+/).some((scalar) => HUGE.test(scalar));
}
