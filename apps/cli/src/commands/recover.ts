import { type Recovery, type Rehearsal, recover, rehearse } from '@sluice/pipeline';
import type { Command } from 'commander';
import { counted, grouped, printable, table } from '../printable.ts';
import { reachStores } from '../reach-stores.ts';
import { runCommand } from '../run-command.ts';
import { say } from '../say.ts';

/** Adds `recover`, which rebuilds Redis from the ledger. */
export function addRecover(program: Command): void {
  program
    .command('recover')
    .description('Rebuild the checkpoint from the ledger, and queue again what is not loaded.')
    .option('--rehearse', 'only say what a total loss of Redis would re-queue and rebuild')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Redis holds nothing that PostgreSQL and the folder do not: after a loss of Redis the watcher and the
workers recover by themselves. Run this after PostgreSQL has lost commits (a restore, a failover to a
replica that was behind): what Redis still calls loaded is then loaded again. Harmless at any time.
Run it also when the source folder was lost or replaced: a watcher then gives up files that were found in
the old one and are not in the new one, until they lie there again.

Exit codes: 0 done; with --rehearse 1 when Redis calls something loaded that the ledger does not,
so that "recover" is due; 2 could not run.

Examples:
  npm run sluice -- recover --rehearse
  npm run sluice -- recover
  npm run --silent sluice -- recover --rehearse --json | jq .open`,
    )
    .action(({ rehearse: only, json }: { rehearse?: true; json?: true }) =>
      runCommand('recover', async ({ config }) => {
        const stores = await reachStores('recover', config);
        await stores.feed.source.ensure();
        if (only) {
          const rehearsal = await rehearse(stores);
          const due = rehearsal.hidden.length > 0 || rehearsal.foreign > 0;
          say(json ? JSON.stringify({ due, ...rehearsal }, null, 2) : wouldDo(rehearsal));
          return due ? 1 : 0;
        }
        const recovery = await recover(stores);
        say(json ? JSON.stringify(recovery, null, 2) : hasDone(recovery));
        return 0;
      }),
    );
}

function wouldDo(r: Rehearsal): string {
  const lines = table([
    ['files in the folder', r.found, ''],
    ['  loaded', r.closed, 'go back into the checkpoint, from the ledger'],
    ['  not complete', r.open, 'are parsed again; chunks that are committed stay so'],
    ['  not seen yet', r.unknown, 'are found as ever'],
    ['staged chunks', r.stagedChunks, `${counted(r.stagedRecords, 'record')} lost, and parsed again`],
  ]).map((line) => `  ${line}`);
  return [
    'If Redis lost everything now:',
    ...lines,
    'No row would be lost or doubled. The watcher and the workers do this by themselves.',
    ...listed(r.missing, 'not complete and no longer in the folder: put back what is to be loaded'),
    ...listed(r.hidden, 'hidden by Redis although the ledger does not have them: run "recover"'),
    ...(r.foreign > 0
      ? [`${counted(r.foreign, 'staged chunk')} of files that the ledger does not know: run "recover"`]
      : []),
    ...(r.otherForms > 0
      ? [
          `${counted(r.otherForms, 'staged chunk')} of another version of Sluice; "recover" has their files parsed again`,
        ]
      : []),
    ...(r.unreadable > 0
      ? [
          `${counted(r.unreadable, 'entry', 'entries')} of staging that cannot be read; "recover" removes them`,
        ]
      : []),
  ].join('\n');
}

const MOST_NAMED = 5;

function listed(names: readonly string[], what: string): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, MOST_NAMED).map((name) => `  ${printable(name)}`);
  const more = names.length > MOST_NAMED ? [`  ... and ${grouped(names.length - MOST_NAMED)} more`] : [];
  return [`${counted(names.length, 'file')} ${what}`, ...shown, ...more];
}

function hasDone(r: Recovery): string {
  const left = r.waiting > 0 ? `; the watcher registers ${grouped(r.waiting)} more once they are stable` : '';
  const rest = r.more ? '; the watcher queues the rest as room comes' : '';
  return [
    `checkpoint  ${grouped(r.before)} members forgotten, ${grouped(r.after)} rebuilt from the ledger`,
    `folder      ${counted(r.registered, 'new file')} registered${left}`,
    `queue       ${counted(r.queued, 'parse job')} added${rest}`,
    `scheduler   ${r.madeScheduler ? 'was missing or late: made again' : 'is there'}`,
    ...staging(r),
    ...(r.unreadable > 0
      ? [`unreadable  ${counted(r.unreadable, 'entry', 'entries')} that somebody else left in Redis removed`]
      : []),
  ].join('\n');
}

function staging(r: Recovery): string[] {
  const dropped = [
    ...(r.dropped > 0 ? [`${counted(r.dropped, 'chunk')} of files that the ledger does not know`] : []),
    ...(r.droppedForms > 0
      ? [`${counted(r.droppedForms, 'chunk')} of another version, whose files are parsed again`]
      : []),
    ...(r.droppedBatches > 0
      ? [`${counted(r.droppedBatches, 'failed batch', 'failed batches')} of which nothing is staged`]
      : []),
  ];
  return dropped.length > 0 ? [`staging     dropped ${dropped.join(', ')}`] : [];
}
