import type { Faker } from '@faker-js/faker';

/** The fields of a record, in the order of the header. */
export type Fields = [
  id: string,
  type: string,
  product: string,
  user: string,
  at: string,
  qty: string,
  price: string,
];

type Breakage = (fields: Fields, faker: Faker) => readonly string[];

const oneOf =
  (column: number, ...values: string[]): Breakage =>
  (fields, faker) =>
    fields.with(column, faker.helpers.arrayElement(values));

/** Ways in which real exports are broken; each makes a record that can only be a reject. */
const breakages = {
  missing_event_id: oneOf(0, '', 'NULL'),
  bad_uuid: ([id, ...rest]) => [id.slice(0, -1), ...rest],
  bad_timestamp: oneOf(4, '2023-02-29 10:00:00', '2026-13-01 10:00:00', '2026-01-01 25:00:00', 'yesterday'),
  bad_quantity: oneOf(5, '-1', '2147483648', 'two', '1.5'),
  bad_price: oneOf(6, '19.999', 'N/A', '-5.00', '123456789.00'),
  too_few_fields: (fields) => fields.slice(0, -1),
  too_many_fields: (fields) => [...fields, 'extra'],
  empty_user_id: oneOf(3, ''),
  long_event_type: oneOf(1, 'view_'.repeat(11)),
} satisfies Record<string, Breakage>;

export type MalformedReason = keyof typeof breakages;

/** All reasons, in a fixed order: the generator draws from it. */
export const malformedReasons = Object.keys(breakages) as MalformedReason[];

/** The fields, broken in the given way. */
export function breakFields(reason: MalformedReason, fields: Fields, faker: Faker): readonly string[] {
  return breakages[reason](fields, faker);
}
