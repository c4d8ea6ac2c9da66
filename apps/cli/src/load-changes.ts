import { type Load, writeLoad } from '@sluice/core';

/** One change between two loads, in words. */
export interface LoadChange {
  readonly sign: '+' | '-' | '~';
  readonly text: string;
}

/** What is different between what was pinned and what is declared: added, removed and changed fields, and other words. */
export function loadChanges(from: Load, to: Load): LoadChange[] {
  const [before, now] = [writeLoad(from), writeLoad(to)];
  const { fields: oldFields, ...oldContract } = before.contract;
  const { fields: newFields, ...newContract } = now.contract;
  const old = new Map(oldFields.map((field) => [field.name, field]));
  const left = new Set(newFields.map(({ name }) => name));
  const order = (fields: typeof newFields) =>
    fields.map(({ name }) => name).filter((name) => left.has(name) && old.has(name));
  const isMoved = order(oldFields).join() !== order(newFields).join();
  return [
    ...differences(before.rules, now.rules, ''),
    ...differences(oldContract, newContract, ''),
    ...oldFields.flatMap((field) => (left.has(field.name) ? [] : removed(`field ${field.name}`))),
    ...newFields.flatMap((field) => {
      const known = old.get(field.name);
      if (known !== undefined) return differences(flat(known), flat(field), `${field.name}: `);
      return [{ sign: '+' as const, text: `field ${field.name}: ${field.type}` }];
    }),
    ...(isMoved ? [{ sign: '~' as const, text: 'the fields stand in another order' }] : []),
  ];
}

type Words = ReturnType<typeof writeLoad>['contract']['fields'][number];

/** A field with its constraints beside its other words. */
function flat({ constraints, ...words }: Words): object {
  return { ...words, ...constraints };
}

function removed(text: string): LoadChange[] {
  return [{ sign: '-', text }];
}

function differences(from: object, to: object, of: string): LoadChange[] {
  const [old, now] = [new Map(Object.entries(from)), new Map(Object.entries(to))];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((word): LoadChange[] => {
    const [before, after] = [old.get(word), now.get(word)].map((value) => shown(value));
    if (before === after) return [];
    if (before === undefined) return [{ sign: '+', text: `${of}${word} ${after}` }];
    if (after === undefined) return removed(`${of}${word} ${before}`);
    return [{ sign: '~', text: `${of}${word} ${before} becomes ${after}` }];
  });
}

/** Undefined for a word that is not there. The words of a map stand in one order. */
function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}
