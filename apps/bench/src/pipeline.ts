import type { Sql } from '@sluice/ledger';
import { Fleet } from './fleet.ts';
import type { Contents } from './loads/contents.ts';
import { dropFiles, linkFiles } from './loads/kinds.ts';
import type { Round, Timed } from './rounds.ts';
import type { Servers } from './servers.ts';
import { untilClosed } from './until-closed.ts';

/** The pipeline: a watcher and workers of its own, warmed up by a few files. */
export async function viaPipeline({ servers, database, contents, workers, env }: Round): Promise<Timed> {
  const { warmUp, main, feedsDir } = contents;
  const fleet = new Fleet(servers, database, { feedsDir, env });
  try {
    await startWarm(servers, database.sql, fleet, contents, workers);
    return await timePipeline(servers, database.sql, fleet, warmUp.written.files + main.written.files);
  } finally {
    await fleet.stop();
  }
}

/** Starts the fleet, warms it up, and lays the files that are measured beside its source. */
export async function startWarm(
  servers: Servers,
  sql: Sql,
  fleet: Fleet,
  { warmUp, main }: Contents,
  workers: number,
): Promise<void> {
  fleet.startAll(workers);
  linkFiles(warmUp.folder, fleet.source);
  await untilClosed(servers, sql, fleet, warmUp.written.files);
  linkFiles(main.folder, fleet.beside);
}

/**
 * Renames the files beside the source into it, and waits until so many files are closed, from first to last. `firstCommit` is when,
 * in seconds after the first rename.
 */
export async function timePipeline(servers: Servers, sql: Sql, fleet: Fleet, closed: number): Promise<Timed> {
  await sql`CHECKPOINT`;
  const [{ last } = { last: 0 }] = await sql<{ last: number }[]>`
    SELECT coalesce(max(commit_no), 0) AS last FROM sluice_commits`;
  const clock = fleet.clock();
  const [began, dropped] = [performance.now(), Date.now()];
  dropFiles(fleet.beside, fleet.source);
  await untilClosed(servers, sql, fleet, closed);
  const seconds = (performance.now() - began) / 1000;
  const [cpu, memory] = [clock.read(), fleet.memory()];
  const [{ commits, first } = { commits: 0, first: new Date() }] = await sql<
    { commits: number; first: Date }[]
  >`
    SELECT count(*) AS commits, min(committed_at) AS first FROM sluice_commits WHERE commit_no > ${last}`;
  return { seconds, cpu, memory, commits, firstCommit: (first.getTime() - dropped) / 1000 };
}
