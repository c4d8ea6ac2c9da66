import { base, en, Faker } from '@faker-js/faker';
import { columnsOf, events, type Field } from '@sluice/core';
import { breakFields, type MalformedReason, malformedReasons } from './malformed.ts';

/** One line of a file, without its line ending, and what the pipeline must make of it. */
export type GeneratedRow =
  | { readonly kind: 'fresh' | 'duplicate'; readonly id: string; readonly line: string }
  | { readonly kind: 'malformed'; readonly reason: MalformedReason; readonly line: string };

export interface EventOptions {
  readonly seed: number | number[];
  /** Rows per file, both bounds included. */
  readonly rows: { readonly min: number; readonly max: number };
  /** Share of rows, 0 to 1, that repeat an earlier event exactly. */
  readonly duplicates: number;
  /** Share of rows, 0 to 1, that are broken. */
  readonly malformed: number;
  /** The time of the next event in milliseconds since 1970. Without it, events start at {@link fixedStart}, 10 ms apart. */
  readonly clock?: () => number;
}

/** The time of the first event in a seeded run, in milliseconds since 1970. */
const fixedStart = Date.UTC(2026, 0, 1);

/** The types that the generator uses. The pipeline accepts any type of at most 50 characters. */
const eventTypes = ['view', 'click', 'add_to_cart', 'remove_from_cart', 'wishlist', 'purchase'] as const;

/** A duplicate repeats one of this many latest events, so memory is bounded (I8). */
const remembered = 10_000;

/** The header line, without its line ending. */
export const headerLine = columnsOf(events).join(',');

/** Quotes a field if RFC 4180 requires it. */
const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const csvLine = (fields: readonly string[]): string => fields.map(csvField).join(',');

/**
 * Generates the rows of one file after another, endlessly. The same options (without a clock) give the same rows. It reads
 * and writes nothing, so callers can learn what a seed generates without a file.
 */
export function* eventFiles(options: EventOptions): Generator<GeneratedRow[], never> {
  const { rows, duplicates, malformed } = options;
  const faker = new Faker({ locale: [en, base] });
  faker.seed(options.seed);
  let time = fixedStart - 10;
  const clock = options.clock ?? (() => (time += 10));
  const recent: (GeneratedRow & { readonly kind: 'duplicate' })[] = [];
  let written = 0;

  const fresh = (): GeneratedRow => {
    const fields = eventFields(faker, clock());
    const id = fields[AT_ID] ?? '';
    const line = csvLine(fields);
    recent[written++ % remembered] = { kind: 'duplicate', id, line };
    return { kind: 'fresh', id, line };
  };
  const row = (): GeneratedRow => {
    const share = faker.number.float();
    if (share < malformed) {
      const reason = faker.helpers.arrayElement(malformedReasons);
      return {
        kind: 'malformed',
        reason,
        line: csvLine(breakFields(reason, eventFields(faker, clock()), faker)),
      };
    }
    const again = share < malformed + duplicates && recent.length > 0;
    return again ? faker.helpers.arrayElement(recent) : fresh();
  };

  for (;;) yield Array.from({ length: faker.number.int(rows) }, row);
}

let second = { at: Number.NaN, text: '' };

/** `YYYY-MM-DD HH:MM:SS` in UTC. The latest second is cached, because most events share it with the event before. */
function timestamp(ms: number): string {
  const at = Math.floor(ms / 1000);
  if (at !== second.at) second = { at, text: new Date(ms).toISOString().slice(0, 19).replace('T', ' ') };
  return second.text;
}

const AT_ID = columnsOf(events).indexOf('event_id');

/** The values of an event in the order of the contract. A field that the generator does not know is left empty if it may be. */
function eventFields(faker: Faker, ms: number): string[] {
  const type = faker.helpers.arrayElement(eventTypes);
  const bought = type === 'purchase';
  const cents = bought ? faker.number.int({ min: 500, max: 99_999 }) : 0;
  const at = timestamp(ms);
  const values: Readonly<Record<string, string>> = {
    event_id: faker.string.uuid(),
    event_type: type,
    product_id: `product_${faker.number.int({ min: 1, max: 1000 })}`,
    user_id: `user_${faker.number.int({ min: 1, max: 10_000 })}`,
    event_timestamp: at,
    quantity: bought ? String(faker.number.int({ min: 1, max: 5 })) : '',
    price: bought ? (cents / 100).toFixed(2) : '',
  };
  return events.fields.map(
    (field) => values[field.name] ?? (field.constraints.required ? anyValue(field, at) : ''),
  );
}

function anyValue({ type }: Field, at: string): string {
  const any = {
    string: 'x',
    date: at.slice(0, 10),
    datetime: at,
    integer: '0',
    number: '0',
    boolean: 'true',
    object: '{}',
    array: '[]',
  };
  return any[type];
}
