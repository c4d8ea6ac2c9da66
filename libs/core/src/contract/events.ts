import { contract } from './contract.ts';

/** The events of a shop: the contract that Sluice ships with. Its fields are in the order of the columns of the table `events`. */
export const events = contract({
  fields: [
    {
      name: 'event_id',
      type: 'uuid',
      required: true,
      missing: { blank: true, words: ['null'] },
      missingCode: 'null_event_id',
    },
    { name: 'event_type', type: 'text', maxLength: 50, required: true },
    { name: 'product_id', type: 'text', maxLength: 100, required: true },
    { name: 'user_id', type: 'text', maxLength: 100, required: true },
    { name: 'event_timestamp', type: 'timestamp', required: true },
    { name: 'quantity', type: 'integer', maximum: 2_147_483_647 },
    { name: 'price', type: 'decimal', digits: [8, 2] },
  ],
  key: 'event_id',
  countBy: 'event_type',
  time: 'event_timestamp',
});
