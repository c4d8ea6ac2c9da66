import { type UndoPlan, undo } from '@sluice/pipeline/without-redis';
import { type Command, InvalidArgumentError } from 'commander';
import { confirmed } from '../ask.ts';
import { reachLedger } from '../connect.ts';
import { ledgerNameOf } from '../named-file.ts';
import { counted, grouped, printable, table } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';

interface Given {
  readonly feed?: string;
  readonly fileNo?: number;
  readonly yes?: true;
  readonly json?: true;
}

/** Adds `undo FILE`, which removes the rows of a file from the table. */
export function addUndo(program: Command): void {
  program
    .command('undo')
    .argument('<file>', 'name of a loaded file; of a feed other than events: feed/name')
    .description('Remove the rows that a file, and no other, brought. Shows first what would go.')
    .option('--feed <name>', 'the feed of the file, where its name is given alone')
    .option('--file-no <number>', 'which content, where several of that name were loaded', versionNumber)
    .option('--yes', 'do not ask')
    .option('--json', 'as JSON (needs --yes to remove)')
    .addHelpText(
      'after',
      `
Rows that another loaded file holds too stay. The file is read once more to tell its rows from those of
other files in its batches, so it must lie in the source folder or where clean-up has put it. The ledger
keeps the file, notes the removed rows, and verify stays clean; a second undo removes nothing; "replay"
brings them back.

Exit codes: 0 removed, or nothing to remove, 1 you said no, 2 could not run, or cannot tell the rows apart.

Examples:
  npm run sluice -- undo events_20261104.csv
  npm run sluice -- undo events_20261104.csv --yes
  npm run sluice -- undo orders/orders_20261104.csv`,
    )
    .action((file: string, { feed, fileNo, yes, json }: Given) =>
      runCommand('undo', async ({ config, stopping }) => {
        const { sql } = await reachLedger('undo', config);
        const screen = new Screen();
        const { plan, removed } = await undo(
          await ledgerNameOf(file, feed, sql),
          {
            version: fileNo,
            onRead: (name, done, of) =>
              screen.show(`reading ${done}/${of} ${printable(name)}`.slice(0, screen.columns - 1)),
            confirm: async (preview) => {
              screen.show('');
              if (!json) screen.say(planText(preview));
              return confirmed(`Remove ${counted(preview.rows, 'row')}?`, yes === true, stopping);
            },
          },
          { sql, config },
        );
        screen.show('');
        const nothing = plan.rows === 0 && plan.undoneBefore;
        if (json) screen.say(JSON.stringify({ ...plan, removed: removed ?? 0 }, null, 2));
        else if (removed !== undefined) screen.say(`Removed ${counted(removed, 'row')}.`);
        else if (nothing) screen.say(`Nothing to remove: ${printable(plan.name)} has been undone already.`);
        else screen.say('Nothing was removed.');
        return removed !== undefined || nothing ? 0 : 1;
      }),
    );
}

function versionNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('allowed: a file number of the ledger.');
}

function planText(plan: UndoPlan): string {
  const time = (at: Date | null) => at?.toISOString().replace('T', ' ').slice(0, 19);
  const files = plan.versions.join(', ');
  const batches = counted(plan.batches, 'batch', 'batches');
  const named = (names: readonly string[]) =>
    names.slice(0, 3).map(printable).join(', ') + (names.length > 3 ? `, ... (${names.length})` : '');
  return [
    `${printable(plan.name)} (file ${files}) brought ${counted(plan.rows, 'row')} that no other loaded file holds`,
    ...table(plan.byType.map(({ name, rows }) => [printable(name), rows])).map((line) => `  ${line}`),
    ...(plan.firstEvent ? [`of       ${plan.firstEvent} to ${plan.lastEvent}`] : []),
    ...(plan.batches > 0
      ? [`batches  ${batches}, committed ${time(plan.firstBatch)} to ${time(plan.lastBatch)} UTC`]
      : []),
    ...(plan.shared > 0
      ? [
          `stay     ${counted(plan.shared, 'row')} of it that other files brought too: ${named(plan.sharedWith)}`,
          '         (to remove these rows too, undo those files, then this one again)',
        ]
      : []),
    ...(plan.unread.length > 0
      ? [
          `note     ${counted(plan.unread.length, 'file')} with duplicates cannot be read any more (${named(plan.unread)}):`,
          `         rows that ${grouped(plan.unread.length)} of them may hold too would go; replay brings them back`,
        ]
      : []),
  ].join('\n');
}
