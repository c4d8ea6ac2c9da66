/** The columns of an event, in the order in which the table `events` has them. */
export const EVENT_COLUMNS = [
  'event_id',
  'event_type',
  'product_id',
  'user_id',
  'event_timestamp',
  'quantity',
  'price',
] as const;

export type EventColumn = (typeof EVENT_COLUMNS)[number];

/**
 * One valid event, in the form in which PostgreSQL takes it: a canonical lower-case UUID, a timestamp in UTC
 * without an offset, and the price as decimal text, because a float would change it.
 */
export interface Event {
  readonly event_id: string;
  readonly event_type: string;
  readonly product_id: string;
  readonly user_id: string;
  readonly event_timestamp: string;
  readonly quantity: number | null;
  readonly price: string | null;
}
