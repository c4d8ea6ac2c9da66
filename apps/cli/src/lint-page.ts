import {
  type Contract,
  QUARANTINE_REASONS,
  READER_VERSION,
  rejectTexts,
  strayQuotesInWords,
} from '@sluice/core';
import type { Declaration } from '@sluice/feeds';
import { type LintReject, type LintReport, lint } from '@sluice/pipeline/without-redis';
import { type Config, printLimit } from '@sluice/process';
import type { FeedOfFile } from './feeds.ts';
import { counted, grouped, printable, wrapped } from './printable.ts';
import { lineCell, reasonTable, rejectTable } from './reject-table.ts';
import type { Screen } from './screen.ts';
import { untilFinished } from './waiting.ts';

/** Reads a file as a load of this feed would read it now. */
export async function lintFile(
  file: string,
  { load, files, sourceOptions }: Declaration,
  { chunkRows }: Config,
  o: Parameters<typeof lint>[2],
): Promise<LintReport> {
  const rules = { ...load.rules, chunkRows, reader: READER_VERSION };
  return await lint(file, { ...load, rules, files, sourceOptions }, o);
}

/** What would become of a file. `rejects`: those that are shown. */
export function lintPage(
  file: string,
  of: FeedOfFile,
  report: LintReport,
  rejects: readonly LintReject[],
  config: Config,
  { style, columns: width }: Pick<Screen, 'style' | 'columns'>,
): string {
  const { contract } = of.feed.load;
  const columns = process.stdout.isTTY ? width : undefined;
  const rows = rejects.map(({ line, last_line: lastLine, col, code, ...reject }) => {
    const cell = lineCell({ line, lastLine });
    const where = columns === undefined ? [file, cell] : [cell];
    return { ...reject, where, column: col, reason: code };
  });
  const titles = columns === undefined ? ['file', 'line'] : ['line'];
  const found = rows.length === 0 ? [] : rejectTable(rows, titles, { columns, style, below: 'raw' });
  const more = report.rejects - rejects.length;
  const texts = rejectTexts(contract);
  const reasons = [...report.byReason].map(([code, count]) => [code, count, texts[code] ?? ''] as const);
  return [
    style(['bold', 'cyan'], printable(file)) + style('dim', asFeed(of)),
    ...found,
    ...(more > 0 ? [style('dim', `... and ${grouped(more)} more (--limit shows more)`)] : []),
    ...(found.length > 0 ? [''] : []),
    ...verdict(report, columns, style),
    ...reasonTable(reasons, columns),
    ...warnings(report, columns).map((line) => style(['bold', 'yellow'], line)),
    ...notes(of, report, config).map((note) => `  ${note}`),
  ].join('\n');
}

function verdict(
  { records, rejects, quarantine }: LintReport,
  columns: number | undefined,
  style: Screen['style'],
): string[] {
  const sum = `${counted(records, 'record')}: ${grouped(records - rejects)} good, ${counted(rejects, 'reject')}`;
  if (quarantine === null) return [style(['bold', rejects > 0 ? 'yellow' : 'green'], sum)];
  const { reason, detail } = quarantine;
  const why = `${reason}: ${QUARANTINE_REASONS[reason]}${detail === '' ? '' : ` (${detail})`}`;
  const lines = wrapped(printable(`Would be quarantined: ${why}`), (columns ?? Number.POSITIVE_INFINITY) - 1);
  return [...lines.map((line) => style(['bold', 'red'], line)), `Up to there ${sum}`];
}

function warnings({ strayQuotes }: LintReport, columns: number | undefined): string[] {
  if (strayQuotes === null) return [];
  const words = strayQuotesInWords(strayQuotes);
  return wrapped(`${words.replace(/^l/, 'L')}`, (columns ?? Number.POSITIVE_INFINITY) - 1);
}

/** Which feed a file was read by, and why. */
function asFeed({ feed, why }: FeedOfFile): string {
  if (why === 'only') return '';
  const reasons = {
    named: '',
    source: ', in whose source it lies',
    pattern: ', whose patterns take its name',
    default: ', because no other feed takes its name (--feed names one)',
  };
  return `  by the feed ${feed.name}${reasons[why]}`;
}

function notes({ feed }: FeedOfFile, report: LintReport, config: Config): string[] {
  const { duplicatesInChunk, otherColumns, overLimit, unfinished, looked } = report;
  const { contract, rules } = feed.load;
  return [
    ...(duplicatesInChunk > 0
      ? [
          `${counted(duplicatesInChunk, 'record')} of the good repeat ${keyText(contract)} of the same chunk: duplicates`,
        ]
      : []),
    ...(otherColumns
      ? [`${counted(otherColumns, 'column')} beside the ${contract.fields.length} of the feed: left alone`]
      : []),
    ...(overLimit && rules.rejectLimit !== null
      ? [`the limit of rejects is ${printLimit(rules.rejectLimit)}: all of it would be quarantined`]
      : []),
    ...(looked && unfinished
      ? [`its last line has no line end: in the source folder it waits ${untilFinished(1, config)}`]
      : []),
    ...(looked
      ? []
      : [`in the source folder it would be left alone: its name matches none of ${feed.files.join(', ')}`]),
  ];
}

function keyText({ key }: Contract): string {
  return `${key.length === 1 && /^[aeiou]/.test(key[0] ?? '') ? 'an' : 'a'} ${key.join(' and ')}`;
}
