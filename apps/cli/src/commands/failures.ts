import { causeOf, type FeedStores, findRefused, groupedJobs, rejectRecords } from '@sluice/pipeline';
import { ErrorWithHint } from '@sluice/process';
import type { InsertJob, SeenJob } from '@sluice/staging';
import type { Command } from 'commander';
import { confirmed } from '../ask.ts';
import { jobNamed, sayEnded, untilEnded } from '../failed.ts';
import { batchText, groupsOf, groupTexts, notes, recordLines, shortName } from '../failure-page.ts';
import { counted } from '../printable.ts';
import { reachStores } from '../reach-stores.ts';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';

interface Given {
  readonly reject?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** Adds `failures`, which tells what has failed, and rejects the records that PostgreSQL refuses. */
export function addFailures(program: Command): void {
  program
    .command('failures')
    .argument('[batch]', 'its name, or how that begins: why it failed, and the bad record')
    .description('List the batches that could not be loaded, by reason; or find the bad record of one.')
    .option('--reject', 'make rejects of the records that PostgreSQL refuses; load the rest of the batch')
    .option('--yes', 'do not ask before that')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
The bad record is found by a trial of each record, of which nothing stays.
A batch waits with its rows until it is tried again: repair what refuses it, then
"retry" loads all of it; or --reject leaves out the records that are refused.
"rejects" lists those, and "resubmit" loads them once they are corrected.

Exit codes: 0 listed, or there are none (with --reject: the rest is loaded),
1 it failed again, or you said no, 2 could not run, 3 it is still on its way.

Examples:
  npm run sluice -- failures
  npm run sluice -- failures 5f0c9a7e
  npm run sluice -- failures 5f0c9a7e --reject
  npm run --silent sluice -- failures --json | jq '.[].reason'`,
    )
    .action((id: string | undefined, given: Given) =>
      runCommand('failures', async ({ config, stopping }) => {
        if (id === undefined && given.reject) {
          throw new ErrorWithHint(
            '--reject is for one batch',
            'name it: npm run sluice -- failures BATCH --reject',
          );
        }
        const stores = await reachStores('failures', config);
        const screen = new Screen();
        if (id !== undefined) return await one(await jobNamed(id, stores), given, stores, stopping, screen);
        const groups = groupsOf(await groupedJobs(stores.queues));
        if (given.json) screen.say(JSON.stringify(groups, null, 2));
        else screen.say(groupTexts(groups, screen));
        return 0;
      }),
    );
}

async function one(
  job: SeenJob,
  { reject, yes, json }: Given,
  stores: FeedStores,
  stopping: AbortSignal,
  screen: Screen,
): Promise<0 | 1 | 3> {
  const state = await stores.queues.state(job.queue, job.id);
  const batch = batchOf(job);
  const found = batch && (await findRefused(batch, stores));
  if (json && !reject) {
    const refused = found?.refused.map(({ row: _, ...record }) => record) ?? [];
    const about = { queue: job.queue, job: job.id, state, reason: job.reason, ...causeOf(job.reason) };
    screen.say(
      JSON.stringify(
        { ...about, chunks: batch?.chunks ?? [], found: found?.message ?? null, refused },
        null,
        2,
      ),
    );
    return 0;
  }
  if (!json) {
    const log = await stores.queues.notes(job.queue, job.id);
    screen.say([...batchText(job, state, batch, screen), ...notes(log, job)].join('\n'));
    if (found !== undefined) screen.say(['', ...recordLines(found, screen)].join('\n'));
  }
  if (!reject) {
    if (found !== undefined && state === 'failed') screen.say(whatToDo(job, found.refused.length));
    return 0;
  }
  if (batch === undefined || found === undefined || found.refused.length === 0) {
    throw new ErrorWithHint(
      `nothing to reject: ${found?.message ?? 'this is no batch'}`,
      `npm run sluice -- retry ${shortName(job)}`,
    );
  }
  const what = counted(found.refused.length, 'record');
  if (
    !(await confirmed(
      `Reject ${what} and load the other ${found.tried - found.refused.length}?`,
      yes === true,
      stopping,
    ))
  )
    return 1;
  const { changed, records } = await rejectRecords(batch, found.refused, stores);
  const order = { queue: job.queue, job: job.id };
  const ended = await untilEnded(changed ? [order] : [], stores, stopping, screen);
  if (json) {
    screen.say(JSON.stringify({ rejected: changed ? records : 0, ...ended }, null, 2));
    return ended.failed.length > 0 ? 1 : ended.waiting.length > 0 ? 3 : 0;
  }
  if (!changed) screen.say('Nothing to do: it is not failed any more.');
  const code = sayEnded(ended, screen);
  if (changed && code === 0) screen.say(`${what} rejected:  npm run sluice -- rejects --since 1h`);
  return code;
}

const LABEL = 28;

function batchOf({ content }: SeenJob): InsertJob | undefined {
  return content.outcome === 'read' && 'chunks' in content.value ? content.value : undefined;
}

function whatToDo(job: SeenJob, refused: number): string {
  const it = refused === 1 ? 'it' : 'them';
  const without = `Load the rest without ${it}:`.padEnd(LABEL);
  const retry = `${refused === 0 ? 'Try it again:' : 'Once the cause is repaired:'}`.padEnd(LABEL);
  return [
    '',
    ...(refused === 0 ? [] : [`${without}  npm run sluice -- failures ${shortName(job)} --reject`]),
    `${retry}  npm run sluice -- retry ${shortName(job)}`,
  ].join('\n');
}
