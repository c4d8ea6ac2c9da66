import { z } from 'zod';

export const time = z.iso.datetime({ precision: 3 });
export const count = z.number().int();
export const seconds = z.number();
export const bytes = z.number().int();
export const cursor = z.string().nullable().describe('Of the next page; null at the end');
export const ranges = ['15m', '1h', '6h', '24h', '7d'] as const;
/** @public for the page */
export const rangeSchema = z.enum(ranges).default('1h').describe('How far back, until now');

/** @public for the page */
export const queueName = z.enum(['parse', 'flush', 'insert']).describe('The name of a queue');

export const named = z.object({ name: z.string(), count, share: z.number().describe('0 to 1') });
export const failure = z.object({
  error: z.object({
    code: z.string().describe('Such as not_found, forbidden, postgres_away, redis_away'),
    message: z.string(),
    hint: z.string().nullable().describe('What to do'),
    since: time.nullable().describe('Of an outage'),
  }),
});

/** Text in PostgreSQL cannot contain NUL. */
export const searched = z.string().regex(/^[^\0]*$/, 'a NUL is in no text');

export const fileNoParam = z.coerce.number().int().positive().describe('The fileNo of a file');
/** The name of a feed. Without it, an answer is about all feeds. */
export const feedName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'a feed has a name of small letters, digits and underscores')
  .optional()
  .describe('Only of this feed');
export const pageQuery = z.object({
  cursor: z.string().max(60).optional().describe('The cursor of the page before; without it, the first page'),
});
export const feedPageQuery = pageQuery.extend({ feed: feedName });
const moment = z.iso.datetime({ offset: true }).optional();
/** A range that ends now or, in its place, a span with its begin and end. */
export const rangeQuery = z.object({
  range: rangeSchema,
  from: moment.describe('The begin of a span in place of a range; with to'),
  to: moment.describe('The end of a span in place of a range; with from'),
  feed: feedName,
});
