import { fileNo } from '@sluice/core';
import { z } from 'zod';
import { run, type Session } from '../statements.ts';
import { type Batch, listOf, payloadsOf } from './finish.ts';
import { partsOf } from './payload-form.ts';

const claim = z.object({ fileNo, firstLine: z.int(), /** Which of all payloads it is. */ at: z.int() });

/** Claims the chunks of batches. Returns those that nobody has claimed before, in the order of their files and lines. */
export async function claimChunks(
  session: Session,
  batches: readonly Batch[],
): Promise<readonly z.output<typeof claim>[]> {
  const headers = payloadsOf(batches).map((payload) => partsOf(payload).header);
  const ids = batches.flatMap(({ id, payloads }) => payloads.map(() => id));
  return await run(session, 'commit/claim', claim, [listOf(headers), `{${ids.join(',')}}`]);
}
