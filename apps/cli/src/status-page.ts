import { type Health, type HealthReason, reasonLine, sourceStates } from '@sluice/pipeline';
import type { Config } from '@sluice/process';
import { shownFolder } from './banner.ts';
import { age, counted, grouped, printable, type stylist, table, tableWithHead } from './printable.ts';
import type { Status } from './status.ts';
import { strayQuoteLines } from './stray-quotes.ts';
import type { FeedSums } from './summary.ts';
import { whyWaiting } from './waiting.ts';

type Style = ReturnType<typeof stylist>;

/** The state as one JSON value, with times in ISO 8601 and ages in seconds. */
export function statusJson(
  { totals, backlog, workers, fleet, ...rest }: Status,
  { state, doing, reasons }: Health,
): string {
  const { oldestOpen: _, ...sums } = totals;
  const { oldestOpen, ...waiting } = backlog;
  const oldest = oldestOpen === null ? null : (Date.now() - oldestOpen.getTime()) / 1000;
  const about = {
    health: state,
    doing,
    reasons: reasons.map(reasonLine),
    codes: reasons.map(({ code }) => code),
    needs: reasons,
    workers,
    fleet,
    sources: sourceStates(fleet).map(({ away, listing, ...source }) => ({
      ...{ ...source, reachable: away === undefined, away: away ?? null, listing: listing ?? null },
    })),
    backlog: { ...waiting, oldestSeconds: oldest },
    totals: sums,
    byEventType: Object.fromEntries(rest.byEventType.map(({ name, count }) => [name, count])),
    byReject: Object.fromEntries(rest.byReject.map(({ name, count }) => [name, count])),
    failedBatches: rest.failedBatches,
    waitingFiles: rest.waiting,
    unseenFiles: rest.unseen,
    strayQuotes: rest.strayQuotes,
    feeds: Object.fromEntries(rest.eachFeed.map((feed) => [feed.feed, feedJson(feed)])),
  };
  return JSON.stringify(about, null, 2);
}

/** The state as a page for people, health first. */
export function statusPage(status: Status, health: Health, config: Config, style: Style): string {
  const { totals, backlog, failedBatches, strayQuotes } = status;
  const waiting = whyWaiting(status.waiting, config);
  const field = (label: string, value: string) => `${style('dim', label.padEnd(11))} ${value}`;
  const more = (value: string) => `${' '.repeat(12)}${value}`;
  const since = (date: Date | null) => age(Date.now() - (date?.getTime() ?? 0));
  return [
    headline(status, health, style),
    ...health.reasons.flatMap((one) => reasonLines(one, style)),
    ...health.notices.map((one) => `  ${style('dim', `note: ${printable(reasonLine(one))}`)}`),
    '',
    field('Backlog', backlogLine(status, since)),
    more(`${counted(backlog.parses, 'parse job')}, ${counted(backlog.inserts, 'insert job')}`),
    field('Staged', stagedLine(status)),
    ...waiting.map((line, i) => (i === 0 ? field('Waiting', line) : more(line))),
    ...fleetLines(status).map((line, i) => (i === 0 ? field('Fleet', line) : more(line))),
    ...sourceLines(status).map((line, i) => (i === 0 ? field('Sources', line) : more(line))),
    field('Last flush', backlog.lastFlush ? `${since(backlog.lastFlush)} ago` : 'none yet'),
    field('Last commit', totals.lastCommit ? `${since(totals.lastCommit)} ago` : 'none yet'),
    ...feedLines(status, style),
    '',
    ...ledgerTable(status).map((line) => `  ${line}`),
    ...countsBeside(status, style),
    ...(strayQuotes.count > 0 ? ['', ...strayQuoteLines(strayQuotes, process.stdout.columns, style)] : []),
    ...(failedBatches.length > 0 ? ['', style('bold', 'Failed batches'), ...batchLines(status)] : []),
  ].join('\n');
}

/** A reason, and how to acknowledge it. */
function reasonLines(one: HealthReason, style: Style): string[] {
  const line = `  ${printable(reasonLine(one))}`;
  if (one.level === 'stuck') return [line];
  const subject = one.subject === '' ? '' : ` ${printable(shellWord(one.subject))}`;
  return [line, `    ${style('dim', `to acknowledge it: sluice ack ${one.code}${subject}`)}`];
}

/** A subject as one word of a shell. */
function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function headline(status: Status, { state, doing }: Health, style: Style): string {
  if (state === 'stuck') return style(['bold', 'red'], 'Stuck: this needs a person');
  const [word, what] = doingWords(status, doing);
  if (state === 'attention')
    return `${style(['bold', 'yellow'], 'Needs attention')} (${word.toLowerCase()}${what === '' ? '' : `: ${what}`})`;
  return style(['bold', 'green'], `${word}: ${what || 'all that was found is loaded'}`);
}

/** What the pipeline does, in a word, and more of it. */
function doingWords({ backlog, workers, waiting }: Status, doing: Health['doing']): [string, string] {
  if (doing === 'running')
    return ['Running', `${counted(backlog.openFiles, 'file')} on the way, ${counted(workers, 'worker')}`];
  if (waiting.files > 0) return ['Waiting', `${counted(waiting.files, 'file')} may still be being written`];
  return ['Nothing to do', ''];
}

/** One line per process. More than 12 processes are only counted. */
function fleetLines({ fleet, workers }: Status): string[] {
  if (fleet.length === 0) return [workers === 0 ? 'nobody' : counted(workers, 'worker')];
  if (fleet.length > 12)
    return [`${counted(workers, 'worker')}, ${counted(fleet.length, 'process', 'processes')}`];
  return fleet.map(({ role, host, pid, busy, concurrency, startedAt }) => {
    const load = role === 'worker' ? `, busy ${busy} of ${concurrency}` : '';
    return `${role.padEnd(7)} ${printable(host)}/${pid}, up ${age(Date.now() - startedAt)}${load}`;
  });
}

/** One line per source that a watcher reports. More than 12 sources are only counted. */
function sourceLines({ fleet }: Status): string[] {
  const all = sourceStates(fleet);
  if (all.length > 12)
    return [`${counted(all.length, 'source')}, ${all.filter(({ away }) => away !== undefined).length} away`];
  return all.map(({ feed, place, away, listing }) => {
    const where = `${printable(feed)} ${shownFolder(place)}`;
    if (away !== undefined) return `${where}, away for ${age(Date.now() - away.since)}`;
    if (listing === undefined) return `${where}, not listed yet`;
    const took = listing.ms < 1000 ? `${listing.ms} ms` : `${(listing.ms / 1000).toFixed(1)} s`;
    return `${where}, ${counted(listing.files, 'file')} ${age(Date.now() - listing.at)} ago in ${took}`;
  });
}

function backlogLine({ backlog }: Status, since: (date: Date | null) => string): string {
  const oldest = backlog.oldestOpen ? `, the oldest for ${since(backlog.oldestOpen)}` : '';
  return `${counted(backlog.openFiles, 'file')} not complete${oldest}`;
}

function stagedLine({ backlog }: Status): string {
  const { waitingRecords, stagedChunks, stagedBytes, openBatches, newerChunks } = backlog;
  const size = stagedBytes < 1024 ** 2 ? `${Math.ceil(stagedBytes / 1024)} KiB` : mebibytes(stagedBytes);
  const batches = openBatches > 0 ? `, ${counted(openBatches, 'batch', 'batches')} open` : '';
  const newer = newerChunks > 0 ? `, ${counted(newerChunks, 'chunk')} for a worker of a newer version` : '';
  return `${counted(waitingRecords, 'record')} for the next flush; ${counted(stagedChunks, 'chunk')}, ${size}${batches}${newer}`;
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

function ledgerTable({ totals, backlog, byReject }: Status): string[] {
  const readAgain = totals.rejects - byReject.reduce((sum, { count }) => sum + count, 0);
  const { closed, same, gone, held, quarantined, conflicts } = totals;
  const notes = (...parts: [number, string][]) =>
    parts.flatMap(([count, what]) => (count > 0 ? [`${grouped(count)} ${what}`] : [])).join(', ');
  return table([
    [
      'files',
      closed,
      notes(
        [quarantined, 'quarantined'],
        [same, 'with known content'],
        [gone, 'gone unread'],
        [held, 'held'],
      ),
    ],
    ['records', totals.records, ''],
    ['inserted', totals.inserted, ''],
    ['duplicates', totals.duplicates, notes([conflicts, 'with other content'])],
    ['rejects', totals.rejects, notes([readAgain, 'of files that were read again since'])],
    ['batches', totals.batches, notes([backlog.failedInserts, 'failed'])],
  ]);
}

function feedJson({ sums, ...feed }: FeedSums): object {
  const { closed: files, open, inserted, undone, rejects, lastCommit } = sums;
  return { state: stateText(feed), files, open, rows: inserted - undone, rejects, lastCommit };
}

function stateText({ asideAt, retiredAt }: Pick<FeedSums, 'asideAt' | 'retiredAt'>): string {
  return asideAt !== null ? 'set aside' : retiredAt !== null ? 'retired' : 'active';
}

/** A line for each feed, when there are several. Why one needs a person stands among the reasons at the top. */
function feedLines({ eachFeed }: Status, style: Style): string[] {
  if (eachFeed.length < 2) return [];
  const [head = '', ...lines] = tableWithHead(
    ['feed', 'open', 'files', 'rows', 'last commit', 'state'],
    eachFeed.map(({ feed, sums, ...about }) => {
      const last =
        sums.lastCommit === null ? 'none yet' : `${age(Date.now() - sums.lastCommit.getTime())} ago`;
      const name = feed.length > 24 ? `${feed.slice(0, 23)}…` : feed;
      return [name, sums.open, sums.closed, sums.inserted - sums.undone, last, stateText(about)];
    }),
  );
  return ['', ...[style('bold', head), ...lines].map((line) => `  ${line}`)];
}

/** Rows by event type, and beside them rejects by reason. */
function countsBeside({ byEventType, byReject }: Status, style: Style): string[] {
  if (byEventType.length === 0 && byReject.length === 0) return [];
  const cells = (rows: Status['byReject']) => rows.map(({ name, count }): [string, number] => [name, count]);
  // An event type comes from a file, so it can contain anything.
  const left = table(cells(byEventType).map(([name, count]) => [shortened(printable(name)), count]));
  const right = table(cells(byReject));
  const width = Math.max(16, ...left.map((line) => line.length)) + 4;
  const lines = Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    `  ${(left[i] ?? '').padEnd(width)}${right[i] ?? ''}`.trimEnd(),
  );
  const title = `  ${'Rows by type'.padEnd(width)}${right.length > 0 ? 'Rejects by reason' : ''}`.trimEnd();
  return ['', style('bold', title), ...lines];
}

const shortened = (name: string): string => (name.length > 24 ? `${name.slice(0, 23)}…` : name);

function batchLines({ failedBatches, backlog }: Status): string[] {
  const lines = failedBatches.map(
    ({ batch, content, reason }) => `  ${batch}  ${printable(content)}\n    ${printable(reason)}`,
  );
  const left = backlog.failedInserts - failedBatches.length;
  return left > 0 ? [...lines, `  ... and ${grouped(left)} more`] : lines;
}
