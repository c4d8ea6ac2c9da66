import { z } from 'zod';
import type { Sql } from '../client.ts';
import { execute, run } from '../statements.ts';

const auditEntry = z.object({
  auditNo: z.int(),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  doneBy: z.string(),
  doneAt: z.date(),
});

/** An action of an operator. */
export type AuditEntry = Readonly<z.output<typeof auditEntry>>;

/** One page of the audit, newest first. `feed` limits it to the actions on one feed. */
export async function listAudit(
  sql: Sql,
  o: { readonly after: number | null; readonly limit: number; readonly feed?: string | undefined },
): Promise<AuditEntry[]> {
  return await run(sql, 'read/audit-page', auditEntry, [o.after, o.limit, o.feed ?? null]);
}

/** Records an action in the audit. The ledger's own operations record theirs in their own statements. */
export async function writeAudit(
  sql: Sql,
  {
    action,
    subject,
    detail,
    who,
  }: Pick<AuditEntry, 'action' | 'subject' | 'detail'> & { readonly who: string },
): Promise<void> {
  await execute(sql, 'operate/write-audit', [action, subject, JSON.stringify(detail), who]);
}
