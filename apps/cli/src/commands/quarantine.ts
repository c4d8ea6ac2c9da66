import { FIRST_FEED, QUARANTINE_REASONS } from '@sluice/core';
import { ledgerFeeds, type Sql } from '@sluice/ledger';
import { type FoundQuarantined, quarantinedFiles } from '@sluice/pipeline/without-redis';
import type { Config } from '@sluice/process';
import type { Command } from 'commander';
import { shownFolder } from '../banner.ts';
import { reachLedger } from '../connect.ts';
import { feedGiven } from '../named-file.ts';
import { jsonArray, writeOut } from '../output.ts';
import { counted, grouped, printable, wrapped } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';

const MOST_SHOWN = 50;

/** Adds `quarantine`, which lists the files that could not be read, and why. */
export function addQuarantine(program: Command): void {
  program
    .command('quarantine')
    .description(
      'List the files that could not be read as their feed says, or not further: why, and what to do.',
    )
    .option('--feed <name>', 'only of this feed')
    .option('--all', 'also those that need no attention any more')
    .option('--json', 'as a JSON array')
    .addHelpText(
      'after',
      `
The newest first. Rows from before the fault stay. Put a corrected file into the
source folder under its name: it is loaded as a new one, and rows that are there
already count as duplicates.

A file leaves the list by itself when it is corrected, replayed, undone or deleted,
and when "ack file_quarantined NAME" acknowledges it. --all lists it all the same.

Exit codes: 0 listed, or there are none, 2 could not run.

Examples:
  npm run sluice -- quarantine
  npm run --silent sluice -- quarantine --json | jq -r '.[].path'`,
    )
    .action(({ feed: named, all, json }: { feed?: string; all?: true; json?: true }) =>
      runCommand('quarantine', async ({ config, stopping }) => {
        const { sql } = await reachLedger('quarantine', config);
        const only = { feed: (await feedGiven(named, sql)) ?? null, open: all !== true };
        const sources = await sourcesOf(sql, config);
        if (json) {
          const files = quarantinedFiles(Number.POSITIVE_INFINITY, { sql, config }, only);
          await writeOut(jsonArray(asJson(files, sources)), stopping);
          return 0;
        }
        const files = await Array.fromAsync(quarantinedFiles(MOST_SHOWN + 1, { sql, config }, only));
        show(files, sources, only);
        return 0;
      }),
    );
}

/** Where files of each feed arrive, by its name. */
type Sources = ReadonlyMap<string, string>;

async function sourcesOf(sql: Sql, { sourceDir }: Config): Promise<Sources> {
  const noted = (await ledgerFeeds(sql)).map(({ feed, source }) => [feed, source ?? sourceDir] as const);
  return new Map([...noted, [FIRST_FEED, sourceDir]]);
}

async function* asJson(files: AsyncIterable<FoundQuarantined>, sources: Sources): AsyncGenerator<object> {
  for await (const file of files) {
    const { feed, fileNo, name, quarantine: reason, quarantineDetail: detail, lastLine, closedAt } = file;
    const { records, rows, duplicates, rejects, place, path, correctedBy } = file;
    const counts = { records, rows, duplicates, rejects };
    yield {
      ...{ feed, fileNo, name, reason, why: MEANINGS[reason], detail, lastLine, ...counts },
      ...{ closedAt, place, path, correctedBy, settled: file.settled, toDo: toDo(file, sources) },
    };
  }
}

function show(
  files: readonly FoundQuarantined[],
  sources: Sources,
  { feed, open }: { readonly feed: string | null; readonly open: boolean },
): void {
  const screen = new Screen();
  const { style } = screen;
  if (files.length === 0) {
    const what = open ? 'No quarantined file needs attention' : 'No file is quarantined';
    screen.say(
      `${style(['bold', 'green'], `${what}${feed === null ? '' : ` in the feed ${feed}`}`)}${open ? ' (--all lists those that did)' : ''}`,
    );
    return;
  }
  const blocks = files.slice(0, MOST_SHOWN).map((file) => block(file, sources, screen));
  const more = files.length > MOST_SHOWN ? ', and older ones (--json shows all)' : '';
  const shown = blocks.length;
  const corrected = files.slice(0, MOST_SHOWN).filter(({ correctedBy }) => correctedBy !== null).length;
  const since = corrected > 0 ? `; ${grouped(corrected)} of them corrected since` : '';
  screen.say(`${blocks.join('\n\n')}\n\n${style('bold', counted(shown, 'quarantined file'))}${since}${more}`);
}

const LABEL = 7;

function block(file: FoundQuarantined, sources: Sources, { style, columns }: Screen): string {
  const { fileNo, name, quarantine, quarantineDetail, closedAt } = file;
  const at = closedAt?.toISOString().slice(0, 16).replace('T', ' ');
  const why = `${quarantine}: ${MEANINGS[quarantine] ?? 'told by another version of Sluice'}`;
  const field = (label: string, text: string) => {
    const room = process.stdout.isTTY ? columns - LABEL - 4 : Number.POSITIVE_INFINITY;
    const [first, ...others] = wrapped(printable(text), room);
    return [
      `  ${style('dim', label.padEnd(LABEL))} ${first ?? ''}`,
      ...others.map((line) => `${' '.repeat(LABEL + 3)}${line}`),
    ];
  };
  return [
    `${style(['bold', 'cyan'], printable(name))}  ${style('dim', `file ${fileNo}, ${at ?? ''} UTC`)}`,
    ...field('why', quarantineDetail ? `${why} (${quarantineDetail})` : why),
    ...field('read', readLine(file)),
    ...field('lies', whereLine(file)),
    ...field('to do', toDo(file, sources)),
  ].join('\n');
}

function readLine({ lastLine, records, rows, duplicates, rejects }: FoundQuarantined): string {
  if (records === 0) return 'no record of it';
  const to = lastLine === null ? '' : `up to line ${grouped(lastLine)}: `;
  return `${to}${counted(rows, 'row')} in the table, ${counted(duplicates, 'duplicate')}, ${counted(rejects, 'reject')}`;
}

function whereLine({ place, path }: FoundQuarantined): string {
  const lies = {
    source: 'in the source folder',
    quarantine: 'in the quarantine folder',
    replaced: 'nowhere: another file has its name in the source folder',
    gone: 'nowhere: neither in the source folder nor in the quarantine folder',
  };
  return path === null ? lies[place] : `${lies[place]}, ${shownFolder(path)}`;
}

/** Explanations by the reason in the ledger. A reason that is missing here was written by another version of Sluice. */
const MEANINGS: Readonly<Record<string, string>> = QUARANTINE_REASONS;

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  header_missing_column: 'name the missing columns in its first line',
  header_duplicate_column: 'leave one column of that name',
  header_unknown_column: 'take that column out, or add it to the fields of the feed',
  file_name: 'give it a name whose parts are values, as "files" of the feed has them',
  record_too_long: 'shorten that line; where a quote on it is open, "replay" reads the lines behind it',
  encoding: 'save it in the encoding of its feed, or change that',
  binary: 'save it as CSV; a compressed file must end in .csv.gz or .csv.zst',
  compression: 'fetch it again, whole, and under the ending of what it is',
  archive: 'take the file out of the archive, or put it into one of its own',
  expansion: 'if it is what it should be, set EXPANSION_LIMIT higher',
  crashes_worker: 'look into the log of the worker that died of it; cut the file into smaller ones',
  too_many_rejects: 'correct its records ("lint" shows what is wrong), or set REJECT_LIMIT higher',
  source_missing: 'put it back as it was, and "replay" it again',
  superseded: 'nothing: the later file has its records',
} satisfies Record<keyof typeof QUARANTINE_REASONS, string>;

const SETTLED: Readonly<Record<NonNullable<FoundQuarantined['settled']>, string>> = {
  undone: 'nothing: its rows were undone',
  newer: 'nothing: a newer version of it is known, which is listed if it needs attention',
  acknowledged: 'nothing: somebody has acknowledged it',
  deleted: 'nothing: somebody has deleted it',
};

function toDo({ feed, correctedBy, quarantine, settled }: FoundQuarantined, sources: Sources): string {
  if (correctedBy !== null) return `nothing: a corrected one was loaded as file ${correctedBy}`;
  if (settled !== null && quarantine !== 'superseded') return SETTLED[settled];
  const whatToDo = WHAT_TO_DO[quarantine] ?? 'correct it';
  return quarantine === 'source_missing'
    ? whatToDo
    : `${whatToDo}; then put it into ${shownFolder(sources.get(feed) ?? 'its source')} under its name`;
}
