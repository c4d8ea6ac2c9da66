import { type Load, writeLoad } from '@sluice/core';

/** A load as text. Two loads are the same exactly when these texts are. */
export function canonicalLoad(load: Load): string {
  return JSON.stringify(sorted(writeLoad(load)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([word, part]) => [word, sorted(part)]));
}
