import type { Faker } from '@faker-js/faker';
import { columnsOf, events } from '@sluice/core';

type Breakage = (fields: readonly string[], faker: Faker) => readonly string[];

const PLACES = columnsOf(events);
const AT_ID = PLACES.indexOf('event_id');

/** Replaces a value with one of these texts. */
const oneOf =
  (column: string, ...values: string[]): Breakage =>
  (fields, faker) =>
    fields.with(PLACES.indexOf(column), faker.helpers.arrayElement(values));

/** Ways in which real exports are broken. Each one produces a record that can only be a reject. */
const breakages = {
  missing_event_id: oneOf('event_id', '', 'NULL'),
  bad_uuid: (fields) => fields.with(AT_ID, fields[AT_ID]?.slice(0, -1) ?? ''),
  bad_timestamp: oneOf(
    'event_timestamp',
    ...['2023-02-29 10:00:00', '2026-13-01 10:00:00', '2026-01-01 25:00:00', 'yesterday'],
  ),
  bad_quantity: oneOf('quantity', '-1', '2147483648', 'two', '1.5'),
  bad_price: oneOf('price', '19.999', 'N/A', '-5.00', '123456789.00'),
  too_few_fields: (fields) => fields.slice(0, -1),
  too_many_fields: (fields) => [...fields, 'extra'],
  empty_user_id: oneOf('user_id', ''),
  long_event_type: oneOf('event_type', 'view_'.repeat(11)),
} satisfies Record<string, Breakage>;

export type MalformedReason = keyof typeof breakages;

/** All reasons, in a fixed order, so that a seed always picks the same ones. */
export const malformedReasons = Object.keys(breakages) as MalformedReason[];

/** The fields, broken in the given way. */
export function breakFields(
  reason: MalformedReason,
  fields: readonly string[],
  faker: Faker,
): readonly string[] {
  return breakages[reason](fields, faker);
}
