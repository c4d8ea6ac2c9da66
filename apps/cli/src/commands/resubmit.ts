import {
  type Resubmission,
  type ResubmitProblem,
  resubmit,
  resubmitCode,
} from '@sluice/pipeline/without-redis';
import { ErrorWithHint } from '@sluice/process';
import type { Command } from 'commander';
import { reachLedger } from '../connect.ts';
import { feedGiven } from '../named-file.ts';
import { counted, fitted, grouped, printable, printableJson } from '../printable.ts';
import { rejectTable } from '../reject-table.ts';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';

interface Given {
  readonly code?: string;
  readonly feed?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

const MOST_SHOWN = 100;
const MOST_KEPT = 10_000;

/** Adds `resubmit FIXED.csv`, which turns corrected rejects into rows. */
export function addResubmit(program: Command): void {
  program
    .command('resubmit')
    .argument('[fixed.csv]', 'an export of "rejects --csv" or "--spreadsheet", corrected')
    .description('Load corrected rejects under their original file and line, each once.')
    .option('--code <code>', 'instead of a file: try open rejects with this reason again as they are')
    .option('--feed <name>', 'the feed of the rejects (default: that of the file; with --code events)')
    .option('--dry-run', 'say what would happen, and change nothing')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
It needs the columns file_no, line and those of the feed, in any order, with
commas between them; others are left alone. The values are read by the active
contract of the feed. What is loaded stands under its file and
line: "event" finds it, "undo" of the file removes it, and a second run loads
nothing. A record that is still wrong, or was resubmitted before, is told and
left as it is; the others are loaded.

Exit codes: 0 all is loaded, 1 some records were not, with the reasons,
2 could not run.

Examples:
  npm run sluice -- resubmit rejects.csv --dry-run
  npm run sluice -- resubmit rejects.csv
  npm run sluice -- resubmit --code missing_parent --feed orders    once the parents are there
  npm run --silent sluice -- resubmit rejects.csv --json | jq .problems`,
    )
    .action((path: string | undefined, { code, feed: named, dryRun, json }: Given) =>
      runCommand('resubmit', async ({ config, stopping }) => {
        if ((path === undefined) === (code === undefined)) {
          const hint = 'name a file, or a reason with --code';
          throw new ErrorWithHint('either a corrected file or --code says what is tried again', hint);
        }
        const { sql } = await reachLedger('resubmit', config);
        const feed = await feedGiven(named, sql);
        const screen = new Screen();
        const problems = new Problems(json ? MOST_KEPT : MOST_SHOWN);
        const onProblem = (problem: ResubmitProblem) => problems.add(problem);
        const o = { dryRun: dryRun === true, stopping, onProblem, feed };
        const done = await (path === undefined
          ? resubmitCode(code ?? '', o, { sql })
          : resubmit(path, o, { sql }));
        if (json) screen.say(asJson(done, problems.kept, dryRun === true));
        else showResult(done, problems, dryRun === true, screen);
        return done.problems === 0 && done.complete ? 0 : 1;
      }),
    );
}

/** The problems to show: first the records to correct, then those that were resubmitted before. */
class Problems {
  before = 0;
  readonly #most: number;
  readonly #wrong: ResubmitProblem[] = [];
  readonly #done: ResubmitProblem[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(problem: ResubmitProblem): void {
    const again = problem.reason === 'resubmitted_before';
    if (again) this.before += 1;
    const list = again ? this.#done : this.#wrong;
    if (list.length < this.#most) list.push(problem);
  }

  get kept(): readonly ResubmitProblem[] {
    return [...this.#wrong, ...this.#done].slice(0, this.#most);
  }
}

function asJson(done: Resubmission, problems: readonly ResubmitProblem[], dryRun: boolean): string {
  const { problems: notLoaded, ...sums } = done;
  const lines = problems.map((problem) => `    ${printableJson(problem)}`);
  const head = JSON.stringify({ dryRun, ...sums, notLoaded }, null, 2).replace(/\n\}$/, ',');
  const list = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`;
  return `${head}\n  "problems": ${list}\n}`;
}

function showResult(done: Resubmission, problems: Problems, dryRun: boolean, screen: Screen): void {
  const { records, inserted, duplicates, conflicts } = done;
  const { style } = screen;
  const loaded = inserted + duplicates;
  const other = conflicts > 0 ? ` (${grouped(conflicts)} with other content than the row that is there)` : '';
  const parts = `${counted(inserted, 'row')} + ${counted(duplicates, 'duplicate')}${other}`;
  const verb = dryRun ? 'Would load' : 'Loaded';
  screen.say(
    loaded === 0
      ? style('bold', dryRun ? 'Nothing would be loaded' : 'Nothing was loaded')
      : `${style(['bold', 'green'], `${verb} ${grouped(loaded)} of ${counted(records, 'corrected reject')}`)}: ${parts}`,
  );
  if (dryRun) screen.say('Nothing was changed.');
  if (done.problems > 0) {
    const rows = problems.kept.map((problem) => ({ ...problem, where: [problem.line, rejectOf(problem)] }));
    const columns = process.stdout.isTTY ? screen.columns : undefined;
    const lines = rejectTable(rows, ['line', 'reject'], { columns, style, below: 'expected' });
    const { before } = problems;
    const again = before > 0 ? ` (${grouped(before)} of them resubmitted before)` : '';
    const title = style(['bold', 'yellow'], `Not loaded: ${grouped(done.problems)}${again}`);
    screen.say(['', title, ...lines].join('\n'));
    const more = done.problems - rows.length;
    if (more > 0) screen.say(style('dim', `... and ${grouped(more)} more`));
  }
  if (!done.complete) screen.warn('stopped before the end: run it again for the rest');
}

function rejectOf({ fileNo, file, rejectLine }: ResubmitProblem): string {
  if (fileNo === null) return '';
  return `${file === null ? `file ${fileNo}` : fitted(printable(file), 30)} line ${rejectLine}`;
}
