import { z } from 'zod';
import type { Sql } from '../client.ts';
import type { FileNeed } from '../read/files-in-need.ts';
import { run } from '../statements.ts';

const subject = z.object({ subject: z.string() });
const ack = z.object({ code: z.string(), subject: z.string(), version: z.string() });

/** What somebody has acknowledged, on which occasion. */
export type Ack = Readonly<z.output<typeof ack>>;

/**
 * Acknowledges files that need attention for this reason, and records it in the audit. A newer version of such a file is told of.
 *
 * @param only the file with this name, or this one version of it
 * @returns the names of the files
 */
export async function ackFiles(
  sql: Sql,
  code: FileNeed,
  only: { readonly name: string | undefined; readonly version: string | undefined },
  who: string,
): Promise<string[]> {
  const { name, version } = only;
  const acked = await run(sql, 'operate/ack-files', subject, [code, name ?? null, version ?? null, who]);
  return acked.map((one) => one.subject);
}

/** Acknowledges what is not about a version of a file, and records it in the audit. Returns the subjects. */
export async function ackOthers(
  sql: Sql,
  code: string,
  told: readonly Omit<Ack, 'code'>[],
  who: string,
): Promise<string[]> {
  const acked = await run(sql, 'operate/ack', subject, [code, JSON.stringify(told), who]);
  return acked.map((one) => one.subject);
}

/** Those that are kept for an absent watcher and the like are few. */
const AT_MOST = 1_000;

/** What was acknowledged, without what the ledger's own rows say of files and processes. */
export async function listAcks(sql: Sql): Promise<Ack[]> {
  return await run(sql, 'read/acks', ack, [AT_MOST]);
}
