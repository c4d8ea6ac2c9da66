import { FIRST_FEED } from '@sluice/core';
import { type Absence, type Lineage, lineage } from '@sluice/pipeline/without-redis';
import { ErrorWithHint } from '@sluice/process';
import type { Command } from 'commander';
import { answerOf, reachLedger } from '../connect.ts';
import { counted, grouped, printable, stylist, table } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { say, warn } from '../say.ts';

/** The key of an event. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const WITHIN_MS = 600_000;

interface Given {
  readonly feed: string;
  readonly json?: true;
}

/** Adds `event KEY`, which traces a row back to its line. */
export function addEvent(program: Command): void {
  program
    .command('event')
    .argument('<key...>', 'an event_id; of another feed its key, as field=value for each of its fields')
    .description(
      'Show a row, the batch and the files it came with, and its exact line; or why it is not there.',
    )
    .option('--feed <name>', 'the feed whose table holds it', FIRST_FEED)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Exit codes: 0 it is in the table, 1 it is not, 2 could not run.

Examples:
  npm run sluice -- event 7d0f3f0c-6d0b-4c1e-9a58-2f4c6d7a8b90
  npm run sluice -- event --feed orders order_id=A-17 position=2
  npm run --silent sluice -- event 7d0f3f0c-6d0b-4c1e-9a58-2f4c6d7a8b90 --json | jq .origin`,
    )
    .action((given: string[], { feed, json }: Given) =>
      runCommand('event', async ({ config }) => {
        const key = feed === FIRST_FEED ? [eventId(given)] : given;
        const { sql, url } = await reachLedger('event', config);
        const found = await answerOf(url, lineage(key, { sql, config }, feed), WITHIN_MS);
        const text = found.row === undefined ? absent(key.join(' '), found) : present(found);
        say(json ? asJson(found) : text);
        if (found.detailHidden) {
          warn(
            'warning: the user of DATABASE_URL may not read rejects and conflicts, so mentions and corrections are not told',
          );
        }
        return found.row === undefined ? 1 : 0;
      }),
    );
}

/** Told before any server is asked, as most mistakes are made here. */
function eventId(given: readonly string[]): string {
  const id = given
    .join(' ')
    .trim()
    .toLowerCase()
    .replace(/^event_id=/, '');
  if (UUID.test(id)) return id;
  const hint = 'give a UUID in 8-4-4-4-12 hexadecimal digits; --feed names the feed of another key';
  throw new ErrorWithHint(`not an event_id: ${JSON.stringify(given.join(' '))}`, hint);
}

/** Scripts rely on these names for the keys of a mention. */
function asJson(found: Lineage | Absence): string {
  const mentions = found.mentions.map(({ fileNo, resubmittedAt, resubmittedAs, ...mention }) => ({
    ...mention,
    ...{ file_no: fileNo, resubmitted_at: resubmittedAt, resubmitted_as: resubmittedAs },
  }));
  return JSON.stringify({ found: found.row !== undefined, ...found, mentions }, null, 2);
}

const MOST_FILES = 10;

function present({ row, batch, files, origin, corrections, mentions }: Lineage): string {
  const style = stylist(process.stdout);
  const values = Object.entries(row).map(([name, value]) => [name, printable(String(value ?? 'NULL'))]);
  return [
    ...table(values).map((line) => `  ${line}`),
    '',
    ...(batch === undefined
      ? [noBatch]
      : [`Batch ${batch.id}, committed ${batch.committedAt.toISOString()}`]),
    ...table(
      files.slice(0, MOST_FILES).map(({ fileNo, name, lines, records, readable }) => [
        `  file ${fileNo}`,
        printable(name),
        `lines ${lines
          .map(([first, last]) => `${first}-${last}`)
          .slice(0, 3)
          .join(', ')}${lines.length > 3 ? ', ...' : ''}`,
        counted(records, 'record'),
        readable ? '' : 'no longer readable',
      ]),
    ),
    ...(files.length > MOST_FILES
      ? [`  ... and ${grouped(files.length - MOST_FILES)} more (--json shows all)`]
      : []),
    ...corrected(corrections, style),
    ...(files.length === 0 ? [] : ['', style('bold', originLine({ files, origin }))]),
    ...mentioned(mentions.filter((mention) => !isToldOf(mention, corrections))),
  ].join('\n');
}

const noBatch =
  'No batch of the ledger has its created_at: it was written by other means, or RETENTION has dropped the batch.';

function originLine({ files, origin }: Pick<Lineage, 'files' | 'origin'>): string {
  const lost = files.filter(({ readable }) => !readable);
  const names = lost
    .slice(0, 3)
    .map(({ name }) => printable(name))
    .join(', ');
  if (origin === undefined) {
    if (lost.length === 0)
      return 'None of these files holds it on those lines: they, or the row, were changed.';
    return lost.length === 1
      ? `It came from ${names}, which is no longer readable: which line cannot be told.`
      : `It came from one of ${grouped(lost.length)} files that are no longer readable (${names}${lost.length > 3 ? ', ...' : ''}).`;
  }
  const { line, lastLine } = origin;
  const lines =
    line === lastLine ? `line ${grouped(line)}` : `lines ${grouped(line)} to ${grouped(lastLine)}`;
  const lostFile = `${printable(origin.name)}, which is no longer readable`;
  const where = `It is ${lines} of ${origin.path === null ? lostFile : printable(origin.path)}`;
  return origin.certain ? where : `${where}, unless ${names}, which is no longer readable, held it too`;
}

function corrected(corrections: Lineage['corrections'], style: ReturnType<typeof stylist>): string[] {
  return corrections.slice(0, MOST_FILES).map(({ name, line, fileNo, code, resubmittedAt, origin }) => {
    const where = `line ${grouped(line)} of ${printable(name)} (file ${fileNo})`;
    const how = `a reject (${code}), corrected and resubmitted at ${resubmittedAt.toISOString()}`;
    return origin ? style('bold', `It is ${where}: ${how}`) : `Also ${where}: ${how}; a duplicate`;
  });
}

/** Whether a mention is already shown as a correction, that is, as a reject that became this event. */
function isToldOf(mention: Lineage['mentions'][number], corrections: Lineage['corrections']): boolean {
  return corrections.some(({ fileNo, line }) => fileNo === mention.fileNo && line === mention.line);
}

function mentioned(mentions: Lineage['mentions']): string[] {
  return mentions.slice(0, MOST_FILES).map((mention) => {
    const { kind, name, line, fileNo, code, expected, resubmittedAt, resubmittedAs } = mention;
    const where = `line ${grouped(line)} of ${printable(name)} (file ${fileNo})`;
    return kind === 'conflict'
      ? `Also on ${where}, with other content: a duplicate, the row above stayed`
      : `Rejected on ${where}: ${code}, expected ${printable(expected ?? '')}${since(resubmittedAt, resubmittedAs)}`;
  });
}

function since(at: Date | null, id: string | null): string {
  return at === null ? '' : `; corrected and resubmitted at ${at.toISOString()} as ${id}`;
}

function absent(id: string, { corrections, mentions, undone, openFiles }: Absence): string {
  const rejected = mentions.filter(({ kind }) => kind === 'reject');
  const taken = undone
    .map(({ name, undone: rows }) => `${printable(name)} (${counted(rows, 'row')})`)
    .slice(0, 5);
  const once = corrections.slice(0, MOST_FILES).map(({ name, line, fileNo, resubmittedAt }) => {
    const where = `line ${grouped(line)} of ${printable(name)} (file ${fileNo})`;
    return `It was in the table once: the reject on ${where} was corrected to it at ${resubmittedAt.toISOString()}. Its row was removed since.`;
  });
  const reasons = [
    ...once,
    ...mentioned(rejected),
    ...(mentions.length > rejected.length
      ? ['It was in the table once: a later file offered other content for it. Its row was removed since.']
      : []),
    ...(taken.length > 0 ? [`It may have been removed by an undo of ${taken.join(', ')}.`] : []),
    ...(openFiles > 0
      ? [
          `It may still come: ${openFiles === 1 ? '1 file is' : `${counted(openFiles, 'file')} are`} not complete.`,
        ]
      : []),
  ];
  const unknown = 'The ledger knows nothing of it: no loaded file brought it, or it was removed by hand.';
  return [`${id} is not in the table`, ...(reasons.length > 0 ? reasons : [unknown])].join('\n');
}
