import type { Contract, Field } from '@sluice/core';
import { sameRows } from './loads.ts';

/**
 * Why a record of a file that was read by one contract must not be loaded by another one as a single record: its row would go into
 * another table, or a text would mean another value, such as 1.234 with another decimal mark. Undefined when nothing speaks against
 * it.
 */
export function readDifferently(before: Contract, now: Contract): string | undefined {
  if (before === now) return undefined;
  if (sameRows(before) !== sameRows(now)) return 'the feed fills another table, or by another key';
  const known = new Map(before.fields.map((field) => [field.name, field]));
  const changed = now.fields.filter((field) => {
    const own = known.get(field.name);
    return own !== undefined && meaningOf(own) !== meaningOf(field);
  });
  if (changed.length === 0) return undefined;
  return `${changed.map(({ name }) => name).join(', ')} ${changed.length === 1 ? 'is' : 'are'} read in another way`;
}

/** What decides which value a text stands for. Limits and names do not. */
function meaningOf(field: Field): string {
  const { name, from, optional, sensitive, codes, expected, constraints, ...meaning } = field;
  return JSON.stringify(Object.entries(meaning).sort(([a], [b]) => (a < b ? -1 : 1)));
}
