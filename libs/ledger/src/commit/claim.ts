import { fileNo } from '@sluice/core';
import { z } from 'zod';
import { run, type Session } from '../statements.ts';
import { type Batch, listOf } from './finish.ts';
import { partsOf } from './payload-form.ts';

const claim = z.object({ fileNo, firstLine: z.int(), /** Which of the payloads it is. */ at: z.int() });

/** Claims the chunks of a batch. Returns those that nobody has claimed before, in the order of their files and lines. */
export async function claimChunks(
  session: Session,
  { id, payloads }: Batch,
): Promise<readonly z.output<typeof claim>[]> {
  const headers = payloads.map((payload) => partsOf(payload).header);
  return await run(session, 'commit/claim', claim, [listOf(headers), id]);
}
