import { type Contract, contractSchema } from '../src/index.ts';

const text = (maxLength: number) => ({ required: true, maxLength });

/** The contract of the feed that Sluice ships with, for tests of core. Its fields are in the order of the columns of the table `events`. */
export const events: Contract = contractSchema.parse({
  table: 'events',
  fields: [
    {
      ...{ name: 'event_id', type: 'string', format: 'uuid', missingValues: ['', 'null'] },
      ...{ missingBlank: true, missingAnyCase: true, codes: { missing_value: 'null_event_id' } },
      constraints: { required: true },
    },
    { name: 'event_type', type: 'string', missingBlank: true, constraints: text(50) },
    { name: 'product_id', type: 'string', missingBlank: true, constraints: text(100) },
    { name: 'user_id', type: 'string', missingBlank: true, constraints: text(100) },
    { name: 'event_timestamp', type: 'datetime', constraints: { required: true } },
    { name: 'quantity', type: 'integer', unsigned: true, constraints: { maximum: 2_147_483_647 } },
    { name: 'price', type: 'number', unsigned: true, digits: [8, 2] },
  ],
  key: ['event_id'],
  duplicates: 'first',
  filled: [],
  countBy: 'event_type',
  time: 'event_timestamp',
  unknownColumns: 'ignore',
  exclusive: true,
});
