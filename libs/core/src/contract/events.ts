import type { Contract } from './contract.ts';

const text = (maxLength: number) => ({ required: true, maxLength }) as const;

/**
 * The events of a shop: the contract that Sluice ships with. Its fields are in the order of the columns of the table `events`. Its
 * test reads it by the schema of contracts, which every process would otherwise do at its start.
 */
export const events: Contract = {
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
    { name: 'price', type: 'number', unsigned: true, digits: [8, 2], constraints: {} },
  ],
  key: ['event_id'],
  duplicates: 'first',
  filled: [],
  countBy: 'event_type',
  time: 'event_timestamp',
  unknownColumns: 'ignore',
  exclusive: true,
};
