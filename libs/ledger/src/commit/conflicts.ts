import { z } from 'zod';
import { unseen } from '../columns.ts';
import { rowsUnseen } from '../failure.ts';
import { runForOne, type Session } from '../statements.ts';

const compared = z.object({ delta: z.string(), unseen });

/**
 * Compares duplicates with the rows that were there first, which this statement can see. Returns what finish.sql takes of it.
 *
 * @param duplicates JSON, as conflicts.sql takes it
 * @throws {PostgresFailure} with SL002 for a row whose other row is not visible: it is no duplicate (I7)
 */
export async function noteConflicts(session: Session, duplicates: string): Promise<string> {
  const { delta, unseen } = await runForOne(session, 'commit/conflicts', compared, [duplicates]);
  if (unseen !== null) throw rowsUnseen(session.eventsTable, unseen);
  return delta;
}
