import { killPoint } from '@sluice/process';
import { z } from 'zod';
import { quotedTable } from '../events-table.ts';
import { copy, execute, runForOne, type Session } from '../statements.ts';
import { claimChunks } from './claim.ts';
import { noteConflicts } from './conflicts.ts';
import { type Batch, type Commit, finish, listOf, NOTHING } from './finish.ts';
import type { Offer } from './offer.ts';
import { type SortedOut, sortOut } from './sort-out.ts';

/** Thrown when the table does not do with a COPY what it does with an INSERT. */
export class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

/**
 * Commits batches by a COPY of the rows that are new: claim and look, COPY, finish. A key that another transaction brings in meanwhile
 * makes the COPY fail.
 *
 * @param onLook is told how many of the keys the table has
 * @throws {NotPlain} when the table dropped rows of the COPY, or may have changed them
 */
export async function commitByCopy(
  session: Session,
  batches: readonly Batch[],
  offer: Offer,
  onLook: (known: number) => void,
): Promise<Commit> {
  const [, claimed, known] = await Promise.all([
    execute(session, 'commit/plans'),
    claimChunks(session, batches),
    knownKeys(session, offer),
  ]);
  onLook(known.size);
  const chunks = claimed.flatMap(({ at }) => offer.chunks[at] ?? []);
  if (chunks.length === 0) return NOTHING;
  const sorted = sortOut(chunks, known, session.contract);
  await copyFresh(session, sorted);
  killPoint('commit:copied');
  const book = async () =>
    await finish(session, batches, {
      headers: chunks.map(({ header }) => header),
      deltas: JSON.stringify(sorted.deltas),
      conflicts:
        sorted.duplicates.length === 0 ? '[]' : await noteConflicts(session, listOf(sorted.duplicates)),
      counts: await countsOf(session, sorted),
    });
  const [{ plain }, commit] = await Promise.all([isStillPlain(session), book()]);
  if (!plain) throw new NotPlain('rules or triggers of the table change what comes in');
  killPoint('commit:in-transaction');
  return commit;
}

const found = z.object({ known: z.array(z.int()) });

/** The keys of the offer that the table has. */
async function knownKeys(session: Session, { chunks, keyArrays }: Offer): Promise<ReadonlySet<string>> {
  const keys = chunks.flatMap((chunk) => chunk.keys);
  if (keys.length === 0) return new Set();
  const statement = keyArrays.length === 1 ? 'commit/look-for-one' : 'commit/look';
  const { known } = await runForOne(session, statement, found, keyArrays);
  return new Set(known.flatMap((nth) => keys[nth - 1] ?? []));
}

async function copyFresh(session: Session, { fresh }: SortedOut): Promise<void> {
  if (fresh.length === 0) return;
  const copied = await copy(session, 'commit/copy', `${fresh.join('\n')}\n`);
  if (copied !== fresh.length) throw new NotPlain('the table dropped rows of a COPY');
}

const plainness = z.object({ plain: z.boolean() });

async function isStillPlain(session: Session): Promise<z.output<typeof plainness>> {
  return await runForOne(session, 'commit/still-plain', plainness, [quotedTable(session.eventsTable)]);
}

/** Types that keep a text as it is. Another one may have several texts for one value. */
const TEXTS = new Set(['text', 'character varying']);

const named = z.object({ counts: z.string() });

/** The counts as JSON, under the names that the table gives to the values. */
async function countsOf(session: Session, { counts }: SortedOut): Promise<string> {
  const json = JSON.stringify(counts);
  const { countBy } = session.contract;
  if (countBy === null || TEXTS.has(session.columns?.get(countBy)?.base ?? '')) return json;
  return (await runForOne(session, 'commit/counted', named, [json])).counts;
}
