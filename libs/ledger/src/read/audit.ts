import type { Sql } from '../client.ts';
import { camelKeys } from '../operate/operations.ts';
import { run } from '../statements.ts';

/** What an operator did. */
export interface AuditEntry {
  readonly auditNo: number;
  readonly action: string;
  readonly subject: string;
  readonly detail: Record<string, unknown>;
  readonly doneBy: string;
  readonly doneAt: Date;
}

/** One page of the audit, newest first. */
export async function listAudit(
  sql: Sql,
  o: { readonly after: number | null; readonly limit: number },
): Promise<AuditEntry[]> {
  const rows = await run<Record<string, unknown>>(sql, 'read/audit-page', [o.after, o.limit]);
  return rows.map((row) => camelKeys(row) as unknown as AuditEntry);
}

/** Writes an action down. The ledger's own operations do that themselves, in their own statements. */
export async function writeAudit(
  sql: Sql,
  {
    action,
    subject,
    detail,
    who,
  }: Pick<AuditEntry, 'action' | 'subject' | 'detail'> & { readonly who: string },
): Promise<void> {
  await run(sql, 'operate/write-audit', [action, subject, JSON.stringify(detail), who]);
}
