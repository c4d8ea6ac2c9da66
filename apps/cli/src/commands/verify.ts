import { type Proof, type Totals, totals, verify } from '@sluice/ledger';
import { type ComparedSources, compareSources, HIDDEN_WHY } from '@sluice/pipeline/without-redis';
import type { Command } from 'commander';
import { answerOf, reachLedger } from '../connect.ts';
import { feedGiven } from '../named-file.ts';
import { counted, grouped, printable, stylist, table } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { say, warn } from '../say.ts';
import { type FeedSums, feedLines, feedSums, goneLines, problemTable, proofLine } from '../summary.ts';

const WITHIN_MS = 600_000;

interface Given {
  readonly feed?: string;
  readonly json?: true;
  readonly sources?: true;
}

/** Adds `verify`, which proves I1. */
export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('Prove from PostgreSQL alone: records = inserted + duplicates + rejects, for every file.')
    .option('--feed <name>', 'only this feed')
    .option('--sources', 'also compare the source folder with the ledger')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
A file that is still being loaded is listed as "open". Files that went away
before they were read are a warning. With --sources, each file that lies in the
folder has to be in the ledger as it lies there: whatever Redis says, a file
that nobody loads is named. Files that changed within STABLE_FOR, or
UNFINISHED_FOR where their last line has no end, are on their way. The watcher
does the same at its start and once a day, and loads what it finds.
A table that others fill too is compared by its column sluice_file, where a feed
fills it.

Exit codes: 0 it holds, 1 it does not, or files are not in the ledger,
2 could not look, 3 nothing is wrong, but files are still on their way.

Examples:
  npm run sluice -- verify
  npm run sluice -- verify --sources
  npm run --silent sluice -- verify --json | jq .problems`,
    )
    .action(({ feed: named, json, sources: andSources }: Given) =>
      runCommand('verify', async ({ config }) => {
        const { sql, url } = await reachLedger('verify', config);
        const feed = (await feedGiven(named, sql)) ?? null;
        const proving = Promise.all([verify(sql, feed), totals(sql, feed), feed ? [] : feedSums(sql)]);
        const [proof, sums, each] = await answerOf(url, proving, WITHIN_MS);
        const sources = andSources && (await answerOf(url, compareSources({ sql, config }), WITHIN_MS));
        say(json ? asJson(proof, sums, each, sources) : asText(proof, sums, each, sources));
        warnOfGone(proof);
        return EXITS[outcomeOf(proof, sources)];
      }),
    );
}

const EXITS = { right: 0, wrong: 1, on_its_way: 3 } as const;

/** `on_its_way`: nothing is wrong, but a file is not loaded yet, so a monitor should look again later. */
export function outcomeOf({ problems }: Proof, sources: ComparedSources | undefined): keyof typeof EXITS {
  if (problems.some(({ problem }) => problem !== 'open') || differing(sources) > 0) return 'wrong';
  const onTheirWay = sources === undefined ? 0 : sources.open + sources.onTheirWay;
  return problems.length + onTheirWay > 0 ? 'on_its_way' : 'right';
}

/** How many files in the folder will never be loaded. */
function differing(sources: ComparedSources | undefined): number {
  return sources === undefined ? 0 : sources.hidden.length + sources.unreadableNames;
}

function asJson(
  { problems, gone }: Proof,
  sums: Totals,
  each: readonly FeedSums[],
  sources: ComparedSources | undefined,
): string {
  const clean = problems.length === 0 && differing(sources) === 0;
  // Scripts rely on this name for the number of a file.
  const named = <T extends { fileNo: number | null }>({ fileNo, ...about }: T) => ({
    file_no: fileNo,
    ...about,
  });
  const sum = { outcome: outcomeOf({ problems, gone }, sources), clean, ...shown(sums) };
  const feeds =
    each.length > 0 ? Object.fromEntries(each.map(({ feed, sums }) => [feed, shown(sums)])) : undefined;
  const about = { ...sum, feeds, problems: problems.map(named), gone: gone.map(named), sources };
  return JSON.stringify(about, null, 2);
}

function shown({ closed: files, records, inserted, duplicates, conflicts, rejects }: Totals) {
  return { files, records, inserted, duplicates, conflicts, rejects };
}

function asText(
  proof: Proof,
  sums: Totals,
  each: readonly FeedSums[],
  sources: ComparedSources | undefined,
): string {
  const style = stylist(process.stdout);
  const line = [proofLine(proof, sums, style), ...feedLines(each, style)].join('\n');
  const proven = proof.problems.length === 0 ? line : `${line}\n${problemTable(proof)}`;
  return sources === undefined ? proven : [proven, ...sourceLines(sources)].join('\n');
}

const HIDDEN_SHOWN = 20;

function sourceLines(sources: ComparedSources): string[] {
  const { files, loaded, open, held, onTheirWay, hidden, unclaimed, unreadableNames } = sources;
  const style = stylist(process.stdout);
  const parts = [`${grouped(loaded)} loaded`];
  if (open > 0) parts.push(`${grouped(open)} being loaded`);
  if (held > 0) parts.push(`${grouped(held)} held`);
  if (onTheirWay > 0) parts.push(`${grouped(onTheirWay)} on their way`);
  if (unclaimed > 0) parts.push(`${grouped(unclaimed)} besides that no feed matches`);
  const lies = `${counted(files, 'file')} in the folder`;
  if (differing(sources) === 0)
    return [`${style(['bold', 'green'], 'Sources agree: ')}${lies}, ${parts.join(', ')}`];
  const shown = hidden.slice(0, HIDDEN_SHOWN).map(({ name, why }) => [printable(name), HIDDEN_WHY[why]]);
  const more = hidden.length - shown.length;
  return [
    `${style(['bold', 'red'], 'Sources differ: ')}${lies}, ${parts.join(', ')}, ${grouped(differing(sources))} not in the ledger`,
    ...table(shown),
    ...(more > 0 ? [`... and ${grouped(more)} more (--json shows all)`] : []),
    ...(unreadableNames > 0
      ? [`${counted(unreadableNames, 'file')} whose names are not UTF-8: rename them`]
      : []),
    'A watcher finds them at its start and once a day, when it asks the ledger for every file; "recover" has it look now.',
  ];
}

function warnOfGone(proof: Proof): void {
  for (const line of goneLines(proof)) warn(`warning: ${line}`);
}
