import { READER_VERSION } from '@sluice/core';
import {
  beginParse,
  contractOf,
  type FileToParse,
  type GoneWhy,
  markGone,
  quarantineCrashing,
  takeBackBeginning,
} from '@sluice/ledger';
import { killPoint } from '@sluice/process';
import type { ParseJob } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import type { Linger } from './linger.ts';
import { parseAlone } from './parse-alone.ts';
import { type AwayWhy, type FileParsed, type Parsed, parseFile } from './parse-file.ts';

/**
 * How a parse ended. `gone`: the file cannot be read as it was registered. `returned`: it was stopped in the middle. `full`: its
 * feed has no room in staging. `aside`: its feed does not fit its table. `unseen`: this worker does not see the file, and only the watcher can say whether it is gone.
 * `hangs`: its source does not answer. `crashes`: the file crashes the process that reads it. `newer`: reading it began with a
 * newer reader than this program has.
 */
export type ParseOutcome =
  | Parsed
  | ({ readonly outcome: 'unseen' | 'hangs'; readonly file: FileToParse } & AwayWhy)
  | { readonly outcome: 'gone' | 'closed' | 'unknown' | 'returned' | 'full' | 'aside' | 'crashes' | 'newer' };

/** A file whose reading has begun this often without progress may have crashed its workers, so it is read alone. */
const SUSPECT_AFTER = 3;

const WHY: Readonly<Record<Exclude<GoneWhy, 'missing'>, string>> = {
  changed: 'changed while it was read: the next scan finds what it is now',
  unreadable: 'not read: give the workers and the watcher the right to, or take it away',
};

/**
 * Reads one file version into staged chunks. May run any number of times, in any number of processes at once: the same bytes give
 * the same chunks (I6), and each is staged once and committed once (I3). Only the first try of a job may come with `first_try`.
 *
 * @param linger flushes what fills no micro-batch; without it, only the tick does
 */
export async function parse(
  job: ParseJob,
  queuedAt: Date,
  stores: Stores,
  stopping: AbortSignal,
  linger?: Linger,
): Promise<ParseOutcome> {
  const { sql, log } = stores;
  const began = performance.now();
  const file = (await asNoted(job, stores)) ?? (await beginParse(sql, job.file_no));
  if (file === undefined) return { outcome: 'unknown' };
  if (file.closed) return { outcome: 'closed' };
  if (file.gone) return { outcome: 'gone' };
  if (file.aside) return { outcome: 'aside' };
  if (file.rules.reader > READER_VERSION) return { outcome: 'newer' };
  const outcome = await read(file, queuedAt, stores, stopping, linger);
  if (typeof outcome === 'string') {
    killPoint('parse:before-gone');
    if ((await markGone(sql, [file.fileNo], outcome)).length > 0)
      log.warn({ file: file.name, why: outcome }, WHY[outcome]);
    killPoint('parse:gone');
    return { outcome: 'gone' };
  }
  if (outcome.outcome === 'unseen' || outcome.outcome === 'hangs' || outcome.outcome === 'full') {
    if (!(await takeBackBeginning(sql, file.fileNo))) return { outcome: 'gone' };
    return outcome.outcome === 'full' ? { outcome: 'full' } : { ...outcome, file };
  }
  killPoint('parse:finished');
  if (outcome.outcome === 'parsed')
    log.info({ file: file.name, ...outcome, ms: Math.round(performance.now() - began) }, 'parsed');
  return outcome;
}

/** What the job says of a version whose first try this is, so that the ledger need not be asked. Undefined for a later try. */
async function asNoted(
  { file_no, file: name, first_try: first }: ParseJob,
  { sql }: Pick<Stores, 'sql'>,
): Promise<FileToParse | undefined> {
  const contract = first && (await contractOf(sql, first.contract));
  if (first === undefined || contract === undefined) return undefined;
  return {
    ...{ fileNo: file_no, name, token: first.token, changedAt: first.changed_at },
    ...{ feed: contract.feed, contractNo: first.contract },
    rules: { ...contract.load.rules, chunkRows: first.chunk_rows, reader: first.reader },
    ...{ closed: false, gone: false, aside: false, begun: 1, committed: new Set() },
  };
}

async function read(
  file: FileToParse,
  queuedAt: Date,
  stores: Stores,
  stopping: AbortSignal,
  linger?: Linger,
): Promise<FileParsed | { readonly outcome: 'crashes' }> {
  if (file.begun < SUSPECT_AFTER) return await parseFile(file, queuedAt, stores, stopping, linger);
  stores.log.warn(
    { file: file.name, begun: file.begun },
    'reading began again and again: it is read alone now',
  );
  const parsed = await parseAlone(file, queuedAt, stores, stopping);
  if (typeof parsed === 'string' || !('crash' in parsed)) return parsed;
  return await quarantineCrash(file, parsed.crash, stores);
}

/** Quarantines a file that crashes the process that reads it. Chunks that it has staged are committed first. */
async function quarantineCrash(
  file: FileToParse,
  crash: string,
  { feeds, sql, staging, log }: Pick<Stores, 'log' | 'feeds' | 'sql' | 'staging'>,
): Promise<{ readonly outcome: 'crashes' }> {
  if ((await staging.pendingOf([file.fileNo])).has(file.fileNo)) {
    throw new Error(`reading ${file.name} ended its process (${crash}); what it staged is committed first`);
  }
  const seen = `its reading began ${file.begun} times; the last time alone: ${crash}`;
  // It gets no content hash, because reading it may crash this process too. With another ctime it is a new version.
  if (await quarantineCrashing(sql, file.fileNo, seen)) {
    log.error({ file: file.name, crash }, 'reading this file ends the process: it is quarantined');
    const feed = await feeds.ofFile(file.name);
    if (feed !== undefined) await feed.checkpoint.add(await feed.cleanUp.clean([file]));
  }
  return { outcome: 'crashes' };
}
