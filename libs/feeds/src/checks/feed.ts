import { FILLED, isOfDays, REJECT_CODES } from '@sluice/core';
import { nearest } from '../nearest.ts';
import type { FeedWords } from '../words/feed.ts';
import { checkField } from './field.ts';
import { checkFiles } from './files.ts';
import { checkSource } from './source.ts';

/** Reports that the value at a place is not allowed. */
export type Refuse = (path: readonly (string | number)[], allowed: string) => void;

/** Checks what the words of a feed mean together. What only the contract must fulfil is checked by the contract's own schema. */
export function checkFeed(words: FeedWords, refuse: Refuse): void {
  const { fields } = words.schema;
  for (const [i, field] of fields.entries()) {
    checkField(field, words.format ?? {}, (path, allowed) =>
      refuse(['schema', 'fields', i, ...path], allowed),
    );
    for (const code of Object.keys(field.codes ?? {})) {
      if (REJECT_CODES.some((known) => known === code)) continue;
      refuse(
        ['schema', 'fields', i, 'codes', code],
        `a code of Sluice before the colon; the nearest is ${nearest(code, REJECT_CODES)}`,
      );
    }
  }
  checkNames(words, refuse);
  checkKey(words, refuse);
  checkMarks(words, refuse);
  checkNdjson(words, refuse);
  checkFiles(words, refuse);
  checkSource(words, refuse);
  checkExpect(words, refuse);
}

/** Only days of the calendar have a time by which something must be there, and a time zone. */
function checkExpect({ expect }: FeedWords, refuse: Refuse): void {
  if (expect === undefined || isOfDays(expect)) return;
  const allowed = 'no such word unless "every" is in whole days, such as 1d';
  if (expect.by !== undefined) refuse(['expect', 'by'], allowed);
  if (expect.timezone !== undefined) refuse(['expect', 'timezone'], allowed);
}

/** No two fields may be read from a column of the same name, and without a header there are no names to look for. */
function checkNames({ format, schema: { fields } }: FeedWords, refuse: Refuse): void {
  const seen = new Map<string, number>();
  for (const [i, { name, from, value, optional }] of fields.entries()) {
    if (value !== undefined) continue;
    if (format?.header === false) {
      if (from !== undefined)
        refuse(
          ['schema', 'fields', i, 'from'],
          'no such word beside header: false, because the file names no columns',
        );
      if (optional)
        refuse(
          ['schema', 'fields', i, 'optional'],
          'false beside header: false, because the fields are found by their order',
        );
      continue;
    }
    const named = [
      { one: name, path: ['name'] },
      ...(from ?? []).map((one, j) => ({ one, path: ['from', j] })),
    ];
    for (const { one, path } of named) {
      const plain = one.trim().toLowerCase();
      const other = fields[seen.get(plain) ?? i];
      const place = ['schema', 'fields', i, ...path];
      if (plain === '') refuse(place, 'the name of a column');
      else if (other !== fields[i] && other?.name !== name)
        refuse(place, `a name that no other field is read from; ${other?.name} is read from it, too`);
      else seen.set(plain, i);
    }
  }
}

function checkKey({ schema: { fields, primaryKey }, load = {} }: FeedWords, refuse: Refuse): void {
  const { duplicates = 'first', filled = FILLED, sameContent, newContent } = load;
  if (duplicates === 'keep') {
    if (primaryKey !== undefined)
      refuse(
        ['schema', 'primaryKey'],
        'no such word beside duplicates: keep, because each record is a row; its key is sluice_file and sluice_line',
      );
    if (FILLED.some((column) => !filled.includes(column)))
      refuse(
        ['load', 'filled'],
        'both sluice_file and sluice_line beside duplicates: keep, because they are its key',
      );
    return;
  }
  if (primaryKey === undefined)
    refuse(
      ['schema', 'primaryKey'],
      'the fields that identify a row; or load: { duplicates: keep }, which makes each record a row',
    );
  for (const [word, value] of Object.entries({ sameContent, newContent })) {
    if (value !== undefined)
      refuse(
        ['load', word],
        'no such word without duplicates: keep, because the key tells what was loaded before',
      );
  }
  for (const [i, name] of (primaryKey ?? []).entries()) {
    if (primaryKey?.indexOf(name) !== i) refuse(['schema', 'primaryKey', i], 'each field once');
    const field = fields.find((one) => one.name === name);
    if (field === undefined)
      refuse(
        ['schema', 'primaryKey', i],
        `one of the fields; the nearest is ${nearest(
          name,
          fields.map((one) => one.name),
        )}`,
      );
    else if (isNested(field.type))
      refuse(['schema', 'primaryKey', i], `a field of another type than ${field.type}`);
    else if (!field.constraints?.required)
      refuse(
        ['schema', 'primaryKey', i],
        'a field with constraints: { required: true }, because no key is NULL',
      );
  }
}

function isNested(type: string): boolean {
  return type === 'object' || type === 'array';
}

/** What only a file of CSV has. */
const OF_CSV = [
  ...(['delimiter', 'skipRows', 'header', 'quoteChar', 'comment'] as const),
  ...(['decimalChar', 'groupChar'] as const),
];

function checkNdjson({ format = {} }: FeedWords, refuse: Refuse): void {
  if (format.type !== 'ndjson') return;
  for (const word of OF_CSV)
    if (format[word] !== undefined)
      refuse(['format', word], 'no such word beside type: ndjson, which has its own marks');
}

function checkMarks({ format = {} }: FeedWords, refuse: Refuse): void {
  const { delimiter = ',', quoteChar = '"', comment, decimalChar = '.', groupChar } = format;
  if (quoteChar === delimiter) refuse(['format', 'quoteChar'], 'another character than the delimiter');
  if (comment === delimiter || comment === quoteChar)
    refuse(['format', 'comment'], 'another character than delimiter and quoteChar');
  if (groupChar === decimalChar) refuse(['format', 'groupChar'], 'another character than decimalChar');
}
