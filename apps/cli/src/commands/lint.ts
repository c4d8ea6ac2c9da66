import { events, QUARANTINE_REASONS, rejectTexts, strayQuotesInWords } from '@sluice/core';
import {
  type LintReject,
  type LintReport,
  lint,
  OperationRefused,
  rulesOf,
} from '@sluice/pipeline/without-redis';
import { type Config, printLimit } from '@sluice/process';
import { type Command, InvalidArgumentError } from 'commander';
import { explain } from '../explain.ts';
import { writeOut } from '../output.ts';
import { counted, grouped, printable, printableJson, wrapped } from '../printable.ts';
import { lineCell, reasonTable, rejectTable } from '../reject-table.ts';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';
import { untilFinished } from '../waiting.ts';

const MOST_SHOWN = 100;

/** Adds `lint FILE...`, which shows what would become of files without loading them. */
export function addLint(program: Command): void {
  program
    .command('lint')
    .argument('<file...>', 'CSV files, also .csv.gz and .csv.zst, wherever they lie')
    .description('Check files without loading them: a table of what would be rejected, by line.')
    .option('--limit <n>', `problems shown of each file (${MOST_SHOWN}; with --json all)`, limit)
    .option('--json', 'as a JSON array')
    .addHelpText(
      'after',
      `
Reads as a load would, by the settings of today (CSV_DELIMITER, SOURCE_TIMEZONE,
EXPANSION_LIMIT, REJECT_LIMIT). Needs no server. Whether a record repeats one of
another chunk or file only a load can tell.

Exit codes: 0 every record would be a row or a duplicate, 1 some would not, a
quote takes lines along, or the file would be quarantined, 2 a file could not be
read at all.

Examples:
  npm run sluice -- lint events_20261104.csv
  CSV_DELIMITER=';' npm run sluice -- lint exports/*.csv
  npm run --silent sluice -- lint events.csv --json | jq '.[].rejects'`,
    )
    .action((files: string[], { limit: most, json }: { limit?: number; json?: true }) =>
      runCommand('lint', async ({ config, stopping }) => {
        const lints = new Lints(config, stopping, most ?? (json ? Number.POSITIVE_INFINITY : MOST_SHOWN));
        await (json ? writeOut(lints.json(files), stopping) : lints.show(files));
        return lints.code;
      }),
    );
}

function limit(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('allowed: a whole number.');
}

/** One run of `lint` over some files. */
class Lints {
  code: 0 | 1 | 2 = 0;
  readonly #config: Config;
  readonly #stopping: AbortSignal;
  readonly #limit: number;

  constructor(config: Config, stopping: AbortSignal, most: number) {
    this.#config = config;
    this.#stopping = stopping;
    this.#limit = most;
  }

  async show(files: readonly string[]): Promise<void> {
    const screen = new Screen();
    for (const [i, file] of files.entries()) {
      const rejects: LintReject[] = [];
      const report = await this.#lint(file, (reject) => {
        if (rejects.length < this.#limit) rejects.push(reject);
      });
      if (report instanceof OperationRefused) screen.warn(`sluice lint: ${explain(report)}`);
      else screen.say(`${i > 0 ? '\n' : ''}${page(file, report, rejects, this.#config, screen)}`);
    }
  }

  /** The output is streamed because one file may have millions of problems. */
  async *json(files: readonly string[]): AsyncGenerator<string> {
    for (const [i, file] of files.entries()) {
      yield `${i > 0 ? ',\n' : '[\n'}  {"file":${printableJson(file)},"problems":[`;
      const channel = new TransformStream<string, string>();
      const writer = channel.writable.getWriter();
      let told = 0;
      const linted = this.#lint(file, async ({ col, code, value: _, last_line: lastLine, ...reject }) => {
        if (told >= this.#limit) return;
        await writer.write(
          `${told === 0 ? '\n' : ',\n'}    ${printableJson({ ...reject, lastLine, column: col, reason: code })}`,
        );
        told += 1;
      }).finally(() => writer.close());
      yield* channel.readable;
      const report = await linted;
      if (report instanceof OperationRefused) yield `],"error":${printableJson(report.message)}}`;
      else yield `],${printableJson(jsonOf(report)).slice(1)}`;
    }
    yield '\n]\n';
  }

  async #lint(
    file: string,
    onReject: (reject: LintReject) => Promise<void> | void,
  ): Promise<LintReport | OperationRefused> {
    try {
      const report = await lint(file, rulesOf(this.#config), events, { stopping: this.#stopping, onReject });
      const bad = report.rejects > 0 || report.quarantine !== null || report.strayQuotes !== null;
      if (bad && this.code === 0) this.code = 1;
      return report;
    } catch (error) {
      if (!(error instanceof OperationRefused)) throw error;
      this.code = 2;
      return error;
    }
  }
}

function jsonOf({ byReason, records, rejects, ...report }: LintReport): object {
  return { records, good: records - rejects, rejects, byReason: Object.fromEntries(byReason), ...report };
}

function page(
  file: string,
  report: LintReport,
  rejects: readonly LintReject[],
  config: Config,
  { style, columns: width }: Screen,
): string {
  const columns = process.stdout.isTTY ? width : undefined;
  const rows = rejects.map(({ line, last_line: lastLine, col, code, ...reject }) => {
    const cell = lineCell({ line, lastLine });
    const where = columns === undefined ? [file, cell] : [cell];
    return { ...reject, where, column: col, reason: code };
  });
  const titles = columns === undefined ? ['file', 'line'] : ['line'];
  const found = rows.length === 0 ? [] : rejectTable(rows, titles, { columns, style, below: 'raw' });
  const more = report.rejects - rejects.length;
  const texts = rejectTexts(events);
  const reasons = [...report.byReason].map(([code, count]) => [code, count, texts[code] ?? ''] as const);
  return [
    style(['bold', 'cyan'], printable(file)),
    ...found,
    ...(more > 0 ? [style('dim', `... and ${grouped(more)} more (--limit shows more)`)] : []),
    ...(found.length > 0 ? [''] : []),
    ...verdict(report, columns, style),
    ...reasonTable(reasons, columns),
    ...warnings(report, columns).map((line) => style(['bold', 'yellow'], line)),
    ...notes(report, config).map((note) => `  ${note}`),
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

function notes(report: LintReport, config: Config): string[] {
  const { duplicatesInChunk, otherColumns, overLimit, unfinished, looked } = report;
  const { rejectLimit } = config;
  return [
    ...(duplicatesInChunk > 0
      ? [
          `${counted(duplicatesInChunk, 'record')} of the good repeat an ${events.key} of the same chunk: duplicates`,
        ]
      : []),
    ...(otherColumns
      ? [`${counted(otherColumns, 'column')} beside the ${events.fields.length} of an event: left alone`]
      : []),
    ...(overLimit && rejectLimit !== undefined
      ? [`REJECT_LIMIT is ${printLimit(rejectLimit)}: all of it would be quarantined`]
      : []),
    ...(looked && unfinished
      ? [`its last line has no line end: in the source folder it waits ${untilFinished(1, config)}`]
      : []),
    ...(looked
      ? []
      : ['in the source folder it would be left alone: its name does not end in .csv, .csv.gz or .csv.zst']),
  ];
}
