import type { BatchRecords, Found } from '../answers.ts';
import { type Child, el } from '../dom.ts';
import { NOTHING, visible } from '../format.ts';
import { HIDDEN, hidden } from './hidden.ts';
import { fileLink, name } from './raw.ts';
import { table } from './table.ts';

type Record = BatchRecords['records'][number];
type Refused = Found['refused'][number];

const same = (a: Record, b: Refused) => a.fileNo === b.fileNo && a.line === b.line;

/** One record that PostgreSQL refuses, with its values and why. */
export function badRecord(refused: Refused, records: BatchRecords | null): HTMLElement {
  const record = records?.records.find((one) => same(one, refused));
  const values = record === undefined ? [] : Object.entries({ ...record.key, ...record.values });
  const withheld = record?.values === null ? el('p', { class: 'small' }, HIDDEN) : null;
  return el(
    'div',
    { class: 'card banner bad', attributes: { 'data-record': `${refused.fileNo}-${refused.line}` } },
    el('p', {}, el('b', {}, 'Line ', String(refused.line), ' of ', fileLink(refused.fileNo, refused.file))),
    el('p', {}, why(refused)),
    el(
      'dl',
      { class: 'facts pairs spaced' },
      values.map(([column, value]) => [
        el('dt', {}, column),
        el(
          'dd',
          { class: column === refused.column ? 'error' : '' },
          value === null ? NOTHING : el('code', { class: 'raw' }, visible(String(value))),
        ),
      ]),
    ),
    withheld,
  );
}

function why({ sqlstate, constraint, column }: Refused): Child {
  return [
    'SQLSTATE ',
    el('code', {}, sqlstate),
    constraint === null ? null : [', constraint ', el('code', {}, constraint)],
    column === null ? null : [', column ', el('code', {}, column)],
  ];
}

/** The staged records of a batch. The refused ones are highlighted. */
export function recordTable({ columns, records }: BatchRecords, found: Found | undefined): HTMLElement {
  return el(
    'div',
    { class: 'scroll', label: 'Records of this batch', attributes: { tabindex: 0, role: 'region' } },
    table({
      caption: 'Records of this batch, as they are staged',
      columns: [
        { name: 'file' },
        { name: 'line', number: true },
        ...columns.map((column) => ({ name: column })),
      ],
      rows: records.map((record) => ({
        key: `${record.fileNo}-${record.line}`,
        class: found?.refused.some((refused) => same(record, refused)) ? 'hit' : '',
        cells: [
          name(record.file),
          String(record.line),
          ...columns.map((column) => cell({ ...record.values, ...record.key }[column])),
        ],
      })),
      stack: false,
    }),
  );
}

function cell(value: string | number | boolean | null | undefined): Child {
  if (value === undefined) return hidden();
  return value === null ? NOTHING : el('bdi', {}, visible(String(value)));
}
