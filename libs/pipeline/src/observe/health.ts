import type { Ack } from '@sluice/ledger';
import { feedNotices, feedReasons } from './feed-facts.ts';
import { fileReasons } from './file-needs.ts';
import type { Blind, HealthFacts } from './health-facts.ts';
import { processReasons } from './process-needs.ts';
import { type HealthNotice, type HealthReason, type ReasonCode, reason } from './reasons.ts';

/** What the pipeline does, and what needs a person. */
export interface Health {
  /** The worst level of the reasons; if there are none, what it does. */
  readonly state: 'running' | 'idle' | 'attention' | 'stuck';
  /** What it does, whatever needs a person: work is on its way, or there is none. */
  readonly doing: 'running' | 'idle';
  /** Why a person is needed: what is stuck comes first. */
  readonly reasons: readonly HealthReason[];
  readonly notices: readonly HealthNotice[];
}

/** Judges the facts: what needs a person, and otherwise whether there is anything to do. Everything that shows the health shows this. */
export function judgeHealth(facts: HealthFacts): Health {
  const doing = hasWork(facts) ? 'running' : 'idle';
  const files = fileReasons(facts.files);
  const reasons = [
    ...workReasons(facts),
    ...feedReasons(facts.feeds).filter(({ code, subject }) => !isAmong(files, code, subject)),
    ...files,
    ...processReasons(facts.processes),
    ...watcherReasons(facts),
  ];
  const acked = new Set(facts.acks.map(occasionOf));
  const open = reasons.filter((one) => one.level === 'stuck' || !acked.has(occasionOf(one)));
  return healthOf(doing, open, feedNotices(facts.feeds));
}

/** Whether the ledger tells of a file already that a watcher tells of as well: neither it nor a worker can read it. */
function isAmong(files: readonly HealthReason[], code: ReasonCode, subject: string): boolean {
  return code === 'file_unreadable' && files.some((file) => file.code === code && file.subject === subject);
}

/** The health that these reasons make. */
export function healthOf(
  doing: Health['doing'],
  reasons: readonly HealthReason[],
  notices: readonly HealthNotice[] = [],
): Health {
  const at = (wanted: HealthReason['level']) => reasons.filter(({ level }) => level === wanted);
  const sorted = [...at('stuck'), ...at('attention')];
  return { state: sorted[0]?.level ?? doing, doing, reasons: sorted, notices };
}

function hasWork({ backlog: { openFiles, parses, inserts, stagedChunks } }: HealthFacts): boolean {
  return openFiles > 0 || parses > 0 || inserts > 0 || stagedChunks > 0;
}

/** What an acknowledgement is of. */
function occasionOf({ code, subject, version }: Pick<Ack, 'code' | 'subject' | 'version'>): string {
  return JSON.stringify([code, subject, version]);
}

/**
 * No watcher runs, though work needs one: files lie there that nobody has registered, or registered ones wait to be queued. Where files have
 * lain for long, `unseen_files` says so. A fleet that ended, and a drain, are not missed while there is nothing to do.
 */
function watcherReasons({ processes, unknown, unseen, backlog }: HealthFacts): HealthReason[] {
  const { openFiles, parses, inserts, stagedChunks } = backlog;
  const waiting = openFiles > 0 && parses + inserts + stagedChunks === 0 ? openFiles : 0;
  if (processes.watcher || unseen > 0 || unknown + waiting === 0) return [];
  const files = (count: number) => (count === 1 ? '1 file' : `${count} files`);
  const what =
    unknown > 0
      ? `${files(unknown)} that ${unknown === 1 ? 'lies' : 'lie'} in the source ${unknown === 1 ? 'is' : 'are'} not registered`
      : `${files(waiting)} ${waiting === 1 ? 'waits' : 'wait'} to be queued`;
  const version = String(processes.latestWatcher ?? '');
  const text = `no watcher runs, but ${what}`;
  return [reason({ code: 'no_watcher', subject: '', version, text, todo: 'npm run watcher' })];
}

/** What keeps work from coming forward. */
function workReasons(facts: HealthFacts): HealthReason[] {
  const { backlog, workers, unseen, standsFor, flushOverdue, paused, blind } = facts;
  const { failedInserts, newerChunks } = backlog;
  const reasons: HealthReason[] = [];
  const tell = (code: ReasonCode, text: string, todo: string, subject = '') =>
    reasons.push(reason({ code, subject, text, todo }));
  const work = hasWork(facts);
  if (failedInserts > 0) {
    const text = `failed batches, whose rows are kept: ${failedInserts}`;
    tell(
      'failed_batches',
      text,
      '"npm run sluice -- failures" names the bad record and can reject it, and "retry --all" tries them again once the cause is repaired',
    );
  }
  if (newerChunks > 0) {
    const text = `staged chunks that wait for a worker of a newer version: ${newerChunks}`;
    tell('newer_version', text, 'start one, or "recover" has their files parsed again by this version');
  }
  if (work && workers === 0) tell('no_workers', 'no worker runs, but there is work', 'npm run worker');
  reasons.push(...notVisible(blind));
  if (paused.length > 0 && work) {
    const names = paused.join(', ');
    tell('paused', `work waits because somebody paused the queues ${names}`, 'resume them', names);
  } else if (flushOverdue > 0 && workers > 0) {
    tell('flush_overdue', 'records wait for a flush that does not come', 'look into the log of the workers');
  } else if (standsFor > 0 && workers > 0 && failedInserts === 0) {
    const minutes = Math.round(standsFor / 60_000);
    const text = `a file waits, and nothing was committed for ${minutes} min`;
    tell('standstill', text, 'look at the queues, and into the log of the workers');
  }
  if (unseen > 0) {
    const text = `no watcher has seen ${unseen} of the files in the folder`;
    tell('unseen_files', text, 'npm run watcher');
  }
  return reasons;
}

const BLIND_TOLD = 5;

/** One reason for each host, feed, folder and role. */
function notVisible(blind: readonly Blind[]): HealthReason[] {
  const places = new Map(blind.map((one) => [`${one.role} ${one.host} ${one.feed} ${one.folder}`, one]));
  return [...places.values()].slice(0, BLIND_TOLD).map((one) => {
    const { role, host, feed } = one;
    return reason({ code: 'source_not_visible', subject: `${role} on ${host}`, feed, ...notSeen(one) });
  });
}

function notSeen({
  role,
  host,
  feed,
  folder,
  file,
  files,
  hangs,
  why,
  hint,
}: Blind): Record<'text' | 'todo', string> {
  const where = `the source folder${feed === 'events' ? '' : ` of ${feed}`} at ${folder}`;
  if (folder === null) {
    const text = `a ${role} on ${host} knows no source of the feed ${feed}`;
    return { text, todo: "give it the feed's YAML" };
  }
  if (why !== undefined) {
    const text = `a ${role} on ${host} cannot ask the source of ${feed} at ${folder}: ${why}`;
    return { text, todo: `${hint ?? 'see to it'}; the other feeds go on` };
  }
  if (hangs) {
    const text = `a ${role} on ${host} gets no answer from ${where}`;
    return { text, todo: 'check the mount; the other feeds go on' };
  }
  if (role === 'watcher') {
    const were = files === 1 ? `the file ${file} was` : `${files} files, such as ${file}, were`;
    return {
      text: `the watcher on ${host} sees another folder at ${folder} than ${were} registered from`,
      todo: 'mount that one again; if it is lost, "npm run sluice -- recover" gives up what is not loaded',
    };
  }
  const setting = feed === 'events' ? 'SOURCE_DIR' : 'its source in the YAML of the feed';
  return {
    text: `a worker on ${host} does not see ${where} (${file} is not there as it was registered)`,
    todo: `mount it there, or set ${setting}; other workers go on`,
  };
}
