import { ackFiles, ackOthers, FILE_NEEDS, type FileNeed } from '@sluice/ledger';
import { judgeHealth } from '../observe/health.ts';
import { readHealthFacts } from '../observe/health-facts.ts';
import { ACKNOWLEDGED_CODES } from '../observe/reasons.ts';
import type { FeedStores } from '../stores.ts';
import { OperationRefused, operator } from './operator.ts';

/** What to acknowledge. */
export interface AckOrder {
  readonly code: string;
  /** Only this file, process or feed; undefined: all that need attention for this reason. */
  readonly subject?: string | undefined;
  /** Only this occasion, as the reason names it; undefined: the present one. */
  readonly version?: string | undefined;
}

/**
 * Acknowledges what needs attention, so that the health tells of it no more: a version of a file, a process that went silent, an
 * expectation that was missed. What comes after it is told again. The audit has who did it. Returns the subjects; none when nothing of
 * that kind needs attention.
 *
 * @throws {OperationRefused} for a reason that cannot be acknowledged
 */
export async function acknowledge(order: AckOrder, stores: FeedStores, who = operator()): Promise<string[]> {
  const { code, subject, version } = order;
  if (!ACKNOWLEDGED_CODES.includes(code))
    throw new OperationRefused(
      `${JSON.stringify(code)} is no reason that can be acknowledged`,
      `these can: ${ACKNOWLEDGED_CODES.join(', ')}; what is stuck has to be put right`,
    );
  const files = isFileNeed(code) ? await ackFiles(stores.sql, code, { name: subject, version }, who) : [];
  if (isFileNeed(code) && code !== 'file_unreadable') return files;
  const facts = await readHealthFacts(stores);
  const missed = facts.processes.missed.map((one) => ({ subject: one.id, version: String(one.processNo) }));
  const told =
    code === 'process_missed' ? missed : judgeHealth(facts).reasons.filter((one) => one.code === code);
  const wanted = told
    .filter((one) => subject === undefined || one.subject === subject)
    .filter((one) => version === undefined || one.version === version)
    .map((one) => ({ subject: one.subject, version: one.version }));
  return [...files, ...(wanted.length > 0 ? await ackOthers(stores.sql, code, wanted, who) : [])];
}

function isFileNeed(code: string): code is FileNeed {
  return FILE_NEEDS.some((one) => one === code);
}
