import { causeOf, contentOf, type findRefused, type groupedJobs } from '@sluice/pipeline';
import type { InsertJob, SeenJob } from '@sluice/staging';
import { reasonOf } from './failed.ts';
import { counted, fitted, printable, shellWord, wrapped } from './printable.ts';
import type { Screen } from './screen.ts';

type Found = Awaited<ReturnType<typeof findRefused>>;

/** Failed jobs of one cause. */
interface FailureGroup {
  readonly group: string;
  readonly reason: string;
  readonly sqlstate: string | null;
  readonly constraint: string | null;
  readonly column: string | null;
  readonly records: number;
  readonly firstFailed: Date | null;
  readonly lastFailed: Date | null;
  readonly jobs: readonly {
    readonly queue: SeenJob['queue'];
    readonly job: string;
    readonly records: number | null;
    readonly files: readonly string[];
  }[];
}

/** The groups of failed jobs, each with its jobs, the latest first. */
export function groupsOf(found: Awaited<ReturnType<typeof groupedJobs>>): FailureGroup[] {
  return [...Map.groupBy(found, ({ group }) => group)].map(([group, own]) => {
    const jobs = own.map(({ job }) => ({ queue: job.queue, job: job.id, ...contentOf(job) }));
    return {
      ...{ group, reason: reasonOf(own[0]?.job), ...causeOf(own[0]?.job.reason ?? null) },
      records: jobs.reduce((sum, { records }) => sum + (records ?? 0), 0),
      firstFailed: own.at(-1)?.job.endedAt ?? null,
      lastFailed: own[0]?.job.endedAt ?? null,
      jobs,
    };
  });
}

const JOBS_SHOWN = 10;
const RECORDS_SHOWN = 50;
const CHUNKS_SHOWN = 5;

export function groupTexts(groups: readonly FailureGroup[], screen: Screen): string {
  const { style } = screen;
  const [first] = groups;
  if (first === undefined) return style(['bold', 'green'], 'Nothing has failed');
  const jobs = groups.reduce((sum, group) => sum + group.jobs.length, 0);
  const blocks = groups.map((group) => {
    const when = `first ${minuteOf(group.firstFailed)}, last ${minuteOf(group.lastFailed)} UTC`;
    const shown = group.jobs.slice(0, JOBS_SHOWN).map(({ queue, job, records, files }) => {
      const size = records === null ? '' : `  ${counted(records, 'record')}`;
      return `  ${style('cyan', printable(queue === 'insert' ? job : `${queue} ${job}`))}${size}  ${style('dim', filesText(files))}`;
    });
    const more = group.jobs.length - shown.length;
    return [
      ...broken(group.reason, screen).map((line) => style('bold', line)),
      `  ${counted(group.jobs.length, 'failed job')}, ${counted(group.records, 'record')}; ${when}`,
      style('dim', `  reason ${group.group}`),
      ...shown,
      ...(more > 0 ? [style('dim', `  and ${counted(more, 'other')} (--json shows all)`)] : []),
    ].join('\n');
  });
  const { queue, job: id } = first.jobs[0] ?? { queue: 'insert', job: 'BATCH' };
  return [
    ...blocks.flatMap((block) => [block, '']),
    style('bold', `${counted(jobs, 'failed job')}, ${counted(groups.length, 'reason')}; their rows are kept`),
    `Why, and the bad record:  npm run sluice -- failures ${shortName({ queue, id })}`,
    'Try all of them again:    npm run sluice -- retry --all',
  ].join('\n');
}

/** What a job is, where it stands and why it failed. */
export function batchText(
  job: SeenJob,
  state: string,
  batch: InsertJob | undefined,
  screen: Screen,
): string[] {
  const { style } = screen;
  const what = job.queue === 'insert' ? 'Batch' : `Job of ${job.queue}`;
  const chunks = batch?.chunks.slice(0, CHUNKS_SHOWN).map(({ file, firstLine, lastLine, records }) => {
    return `${printable(file)} lines ${firstLine}-${lastLine} (${counted(records, 'record')})`;
  });
  const more = (batch?.chunks.length ?? 0) - (chunks?.length ?? 0);
  const files = chunks ?? contentOf(job).files.map(printable);
  const label = (name: string, line: string, i: number) =>
    `  ${style('dim', (i === 0 ? name : '').padEnd(LABEL))} ${line}`;
  const broad = Math.max(40, screen.columns - LABEL - 4);
  return [
    style('bold', `${what} ${printable(job.id)}: ${state}, after ${counted(job.attempts, 'attempt')}`),
    ...wrapped(reasonOf(job), broad).map((line, i) => label('why', line, i)),
    label('since', `${minuteOf(job.endedAt)} UTC`, 0),
    ...files.map((line, i) => label('files', line, i)),
    ...(more > 0 ? [label('', `and ${counted(more, 'other chunk')}`, 1)] : []),
  ];
}

const LABEL = 6;

/** The lines of a job's log that say something else than its reason. */
export function notes(log: readonly string[], { reason }: SeenJob): string[] {
  return log
    .filter((line) => reason === null || !line.includes(reason))
    .map((line) => `  ${printable(line)}`);
}

/** The records that PostgreSQL refuses: where each is, why, and the record itself. */
export function recordLines({ refused, message }: Found, { style, columns }: Screen): string[] {
  const room = process.stdout.isTTY ? columns - 5 : Number.POSITIVE_INFINITY;
  const shown = refused.slice(0, RECORDS_SHOWN);
  const more = refused.length - shown.length;
  return [
    style(['bold', refused.length === 0 ? 'green' : 'yellow'], message),
    ...shown.flatMap(({ file, line, sqlstate, constraint, column, reject }) => {
      const names = [
        `SQLSTATE ${sqlstate}`,
        ...(constraint === null ? [] : [`constraint ${constraint}`]),
        ...(column === null ? [] : [`column ${column}`]),
      ];
      return [
        `  line ${line} of ${style('cyan', printable(file))}: ${printable(names.join(', '))}`,
        `    ${style('dim', fitted(printable(reject.raw), room))}`,
      ];
    }),
    ...(more > 0 ? [style('dim', `  and ${counted(more, 'other')} (--json shows all)`)] : []),
  ];
}

/** As much of the id of a job as a command needs. */
export function shortName({ queue, id }: Pick<SeenJob, 'queue' | 'id'>): string {
  return queue === 'insert' ? id.slice(0, 8) : shellWord(id);
}

function broken(text: string, { columns }: Screen): string[] {
  return process.stdout.isTTY ? wrapped(text, columns) : [text];
}

function filesText(files: readonly string[]): string {
  const [first] = files;
  if (first === undefined) return '';
  return files.length === 1
    ? printable(first)
    : `${printable(first)} and ${counted(files.length - 1, 'other file')}`;
}

function minuteOf(at: Date | null): string {
  return at?.toISOString().slice(0, 16).replace('T', ' ') ?? '?';
}
