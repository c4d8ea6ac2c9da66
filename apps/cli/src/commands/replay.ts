import { setTimeout as delay } from 'node:timers/promises';
import { type FileVersion, versionsOf } from '@sluice/ledger';
import { type FeedStores, replay } from '@sluice/pipeline';
import { ErrorWithHint } from '@sluice/process';
import type { Command } from 'commander';
import { ledgerNameOf } from '../named-file.ts';
import { counted, printable } from '../printable.ts';
import { reachStores } from '../reach-stores.ts';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';

/** Adds `replay FILE`, which reads a loaded file again. */
export function addReplay(program: Command): void {
  program
    .command('replay')
    .argument('<file>', 'name of a loaded file; of a feed other than events: feed/name')
    .description('Read a loaded file again by the rules of today, as a new version in the ledger.')
    .option('--feed <name>', 'the feed of the file, where its name is given alone')
    .option(
      '--add',
      'load a file that is held: its feed keeps every record, and has loaded its content or its name',
    )
    .option('--wait', 'until it is complete, then print its counts')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Rows that are in the table count as duplicates; rows that are not, such as those of an undo, come back.
The file must lie in the source folder; one that clean-up has archived is moved back. A watcher and a
worker do the work. Of a feed that keeps every record, a loaded file is refused until it is undone.
Exit codes: 0 queued (with --wait: complete), 1 it ended in quarantine, 2 could not run.

Examples:
  npm run sluice -- replay events_20261104.csv
  npm run sluice -- replay orders/orders_20261104.csv
  npm run sluice -- replay orders/copy.csv --add
  npm run --silent sluice -- replay events_20261104.csv --wait --json | jq .inserted`,
    )
    .action(
      (file: string, { feed, add, wait, json }: { feed?: string; add?: true; wait?: true; json?: true }) =>
        runCommand('replay', async ({ config, stopping }) => {
          const stores = await reachStores('replay', config);
          const { fileNo, name, movedFrom } = await replay(
            await ledgerNameOf(file, feed, stores.sql),
            stores,
            undefined,
            add === true,
          );
          const screen = new Screen();
          if (movedFrom !== undefined) screen.warn(`moved back from ${printable(movedFrom)}`);
          if (!wait) {
            const told = `queued: ${printable(name)} is read again as file ${fileNo}`;
            screen.say(json ? JSON.stringify({ fileNo, name, complete: false }, null, 2) : told);
            return 0;
          }
          const closed = await untilClosed(name, fileNo, stores, stopping, screen);
          screen.say(json ? asJson(closed) : asText(closed));
          return closed.quarantine === null ? 0 : 1;
        }),
    );
}

const LOOK_EVERY_MS = 250;
const ANYBODY_AFTER_LOOKS = 12;

async function untilClosed(
  name: string,
  fileNo: number,
  { sql, queues }: FeedStores,
  stopping: AbortSignal,
  screen: Screen,
): Promise<FileVersion> {
  for (let look = 0; !stopping.aborted; look += 1) {
    const version = (await versionsOf(sql, name)).find((one) => one.fileNo === fileNo);
    if (version?.closedAt) {
      screen.show('');
      return version;
    }
    if (look === ANYBODY_AFTER_LOOKS && (await queues.workers('parse')) === 0) {
      screen.warn(`waiting for a worker: npm run worker`);
    }
    if (!process.stdout.isTTY) screen.show('');
    else screen.show(`file ${fileNo}: ${counted(version?.records ?? 0, 'record')} so far`);
    await delay(LOOK_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
  throw new ErrorWithHint(
    `stopped waiting; ${JSON.stringify(name)} stays queued as file ${fileNo}`,
    'see "npm run sluice -- status"',
  );
}

function asJson(v: FileVersion): string {
  const { fileNo, name, records, inserted, duplicates, rejects, quarantine } = v;
  const about = { fileNo, name, complete: true, records, inserted, duplicates, rejects, quarantine };
  return JSON.stringify(about, null, 2);
}

function asText({ fileNo, name, records, inserted, duplicates, rejects, quarantine }: FileVersion): string {
  const sum = `${counted(records, 'record')} = ${inserted} inserted + ${counted(duplicates, 'duplicate')} + ${counted(rejects, 'reject')}`;
  const end = quarantine === null ? 'complete' : `quarantined (${quarantine})`;
  return `${printable(name)}, file ${fileNo}, ${end}: ${sum}`;
}
