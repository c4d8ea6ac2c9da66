import { baseOf, QUARANTINE_REASONS, strayQuotesInWords } from '@sluice/core';
import { type RunFile, type RunStart, runFiles } from '@sluice/ledger';
import { compareSources } from '../intake/compare-sources.ts';
import { type HealthReason, reason } from '../observe/reasons.ts';
import type { FeedStores } from '../stores.ts';

/** How many files of each kind are named. */
const NAMED = 20;

/** A file that was not loaded although nothing is wrong with it. */
interface LeftFile {
  readonly name: string;
  readonly feed: string;
  readonly why: string;
  readonly todo: string;
}

/** What became of the files of a run, apart from those that were loaded. */
export interface RunReport {
  /** The files that need a person. */
  readonly reasons: readonly HealthReason[];
  readonly left: readonly LeftFile[];
  /** How many files there are besides those that are named. */
  readonly more: number;
  /** Where there was nothing to do: why. '' otherwise. */
  readonly nothing: string;
}

/** Says which files of a run need a person, and why files were not loaded. */
export async function reportRun(
  stores: Pick<FeedStores, 'config' | 'sql'>,
  start: RunStart,
): Promise<RunReport> {
  const files = await runFiles(stores.sql, start, NAMED);
  const sources = await compareSources(stores);
  const unreadable = sources.hidden.filter(({ why }) => why === 'unreadable').map(({ name }) => name);
  const kinds = [...new Map(files.map((file) => [file.kind, file.files])).values()];
  const known = kinds.reduce((sum, count) => sum + count, 0) - files.length;
  const reasons = [
    ...files.flatMap((file) => reasonOf(file) ?? []),
    ...unreadable.slice(0, NAMED).map(cannotBeRead),
  ];
  const left = files.flatMap((file) => leftOf(file) ?? []);
  const more = known + Math.max(0, unreadable.length - NAMED);
  return { reasons, left, more, nothing: reasons.length + left.length > 0 ? '' : nothingNew(sources) };
}

function reasonOf({ kind, name, feed, ...file }: RunFile): HealthReason | undefined {
  const about = { subject: name, feed };
  if (kind === 'quarantined') {
    const meanings: Readonly<Record<string, string>> = QUARANTINE_REASONS;
    const meaning = meanings[file.quarantine ?? ''] ?? 'told by another version of Sluice';
    const detail = file.quarantineDetail ? ` (${file.quarantineDetail})` : '';
    const text = `${name} is quarantined (${file.quarantine}): ${meaning}${detail}`;
    return reason({ ...about, code: 'file_quarantined', text, todo: '"quarantine" says what to do' });
  }
  if (kind === 'rejected') {
    const all = file.records === 1 ? 'the only record' : `all ${file.records} records`;
    const todo = `"rejects --file ${name}" says why`;
    return reason({ ...about, code: 'file_rejected', text: `${all} of ${name} were rejected`, todo });
  }
  if (kind !== 'swallowed' || file.strayQuotes === null) return undefined;
  const text = `${name}: ${strayQuotesInWords(file.strayQuotes)}`;
  return reason({ ...about, code: 'lines_swallowed', text, todo: 'correct it, and land it again' });
}

function cannotBeRead(name: string): HealthReason {
  return reason({
    ...{ code: 'file_unreadable', subject: name, text: `${name} may not or cannot be read` },
    todo: 'give this account the right to read it, or take it away',
  });
}

function leftOf({ kind, name, feed, held, sameAs }: RunFile): LeftFile | undefined {
  const same = sameAs === null || sameAs === name ? 'it' : baseOf(sameAs);
  const content = `${same} was loaded before with the same content`;
  if (kind === 'same') return { name, feed, why: content, todo: `"replay ${name}" loads it again` };
  if (kind !== 'held') return undefined;
  const why = held === 'new_content' ? 'another file of its name was loaded before' : content;
  return { name, feed, why, todo: `"replay ${name} --add" loads it as well` };
}

/** What lies in the folders, where a run found nothing to do. */
function nothingNew({
  files,
  loaded,
  held,
  unclaimed,
  hidden,
}: Awaited<ReturnType<typeof compareSources>>): string {
  const ambiguous = hidden.filter(({ why }) => why === 'ambiguous').length;
  const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
  const parts = [
    ...(loaded > 0
      ? [
          counted(
            loaded,
            'file that was loaded or quarantined before',
            'files that were loaded or quarantined before',
          ),
        ]
      : []),
    ...(held > 0
      ? [counted(held, 'file that is held ("status" names it)', 'files that are held ("status" names them)')]
      : []),
    ...(ambiguous > 0 ? [counted(ambiguous, 'file that two feeds match', 'files that two feeds match')] : []),
    ...(unclaimed > 0 ? [counted(unclaimed, 'file that no feed matches', 'files that no feed matches')] : []),
  ];
  if (parts.length === 0 && files === 0) return 'no file lies in the source folders';
  return parts.length === 0 ? '' : `in the source folders lie only ${parts.join(', ')}`;
}
