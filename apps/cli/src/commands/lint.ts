import { feedNamed, type ReadFeeds, readFeeds } from '@sluice/feeds';
import { type LintReject, type LintReport, OperationRefused } from '@sluice/pipeline/without-redis';
import type { Config } from '@sluice/process';
import { type Command, InvalidArgumentError } from 'commander';
import { explain } from '../explain.ts';
import { type FeedOfFile, feedOfPath } from '../feeds.ts';
import { lintFile, lintPage } from '../lint-page.ts';
import { writeOut } from '../output.ts';
import { printableJson } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';

interface Given {
  readonly feed?: string;
  readonly limit?: number;
  readonly json?: true;
}

const MOST_SHOWN = 100;

/** Adds `lint FILE...`, which shows what would become of files without loading them. */
export function addLint(program: Command): void {
  program
    .command('lint')
    .argument('<file...>', 'CSV files, also .csv.gz and .csv.zst, wherever they lie')
    .description('Check files without loading them: a table of what would be rejected, by line.')
    .option('--feed <name>', 'the feed to read them by (default: the one that takes the file)')
    .option('--limit <n>', `problems shown of each file (${MOST_SHOWN}; with --json all)`, limit)
    .option('--json', 'as a JSON array')
    .addHelpText(
      'after',
      `
Reads as a load would, by the YAML of the feed as it is now. Without --feed that
is the feed in whose source the file lies, or else the only one whose patterns
take its name, or else the feed of events. Needs no server. Whether a record
repeats one of another chunk or file only a load can tell.

Exit codes: 0 every record would be a row or a duplicate, 1 some would not, a
quote takes lines along, or the file would be quarantined, 2 a file could not be
read at all.

Examples:
  npm run sluice -- lint events_20261104.csv
  npm run sluice -- lint --feed orders exports/*.csv
  npm run --silent sluice -- lint events.csv --json | jq '.[].rejects'`,
    )
    .action((files: string[], given: Given) =>
      runCommand('lint', async ({ config, stopping }) => {
        const lints = new Lints(given, await readFeeds(config), config, stopping);
        await (given.json ? writeOut(lints.json(files), stopping) : lints.show(files));
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
  readonly #feed: string | undefined;
  readonly #feeds: ReadFeeds;
  readonly #config: Config;
  readonly #stopping: AbortSignal;
  readonly #limit: number;

  constructor({ feed, limit, json }: Given, feeds: ReadFeeds, config: Config, stopping: AbortSignal) {
    this.#feed = feed;
    this.#feeds = feeds;
    this.#config = config;
    this.#stopping = stopping;
    this.#limit = limit ?? (json ? Number.POSITIVE_INFINITY : MOST_SHOWN);
  }

  async show(files: readonly string[]): Promise<void> {
    const screen = new Screen();
    for (const [i, file] of files.entries()) {
      const rejects: LintReject[] = [];
      const of = await this.#feedOf(file);
      const report = await this.#lint(file, of, (reject) => {
        if (rejects.length < this.#limit) rejects.push(reject);
      });
      if (report instanceof OperationRefused) screen.warn(`sluice lint: ${explain(report)}`);
      else screen.say(`${i > 0 ? '\n' : ''}${lintPage(file, of, report, rejects, this.#config, screen)}`);
    }
  }

  /** The output is streamed because one file may have millions of problems. */
  async *json(files: readonly string[]): AsyncGenerator<string> {
    for (const [i, file] of files.entries()) {
      const of = await this.#feedOf(file);
      const about = `"file":${printableJson(file)},"feed":"${of.feed.name}"`;
      yield `${i > 0 ? ',\n' : '[\n'}  {${about},"problems":[`;
      const channel = new TransformStream<string, string>();
      const writer = channel.writable.getWriter();
      let told = 0;
      const linted = this.#lint(file, of, async ({ col, code, value: _, last_line: lastLine, ...reject }) => {
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

  async #feedOf(file: string): Promise<FeedOfFile> {
    if (this.#feed === undefined) return await feedOfPath(file, this.#feeds);
    return { feed: feedNamed(this.#feed, this.#feeds), why: 'named' };
  }

  async #lint(
    file: string,
    { feed }: FeedOfFile,
    onReject: (reject: LintReject) => Promise<void> | void,
  ): Promise<LintReport | OperationRefused> {
    try {
      const o = { stopping: this.#stopping, onReject };
      const report = await lintFile(file, feed, this.#config, o);
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
