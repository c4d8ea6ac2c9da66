import { failedJobs, type JobName, retryFailed } from '@sluice/pipeline';
import { ErrorWithHint } from '@sluice/process';
import type { Command } from 'commander';
import { jobNamed, kinds, sayEnded, untilEnded } from '../failed.ts';
import { printable } from '../printable.ts';
import { reachStores } from '../reach-stores.ts';
import { runCommand } from '../run-command.ts';
import { Screen } from '../screen.ts';

interface Given {
  readonly all?: true;
  readonly reason?: string;
  readonly wait: boolean;
  readonly json?: true;
}

/** Adds `retry`, which has failed batches tried again. */
export function addRetry(program: Command): void {
  program
    .command('retry')
    .argument('[batch]', 'its name, or how that begins, as "failures" shows it')
    .description('Have failed batches tried again, once what they failed of is repaired.')
    .option('--all', 'all that have failed')
    .option('--reason <id>', 'all that have failed of this reason, as "failures" shows it')
    .option('--no-wait', 'do not wait until they are done or have failed again')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
The rows of a failed batch are kept, and none is inserted twice. A worker must run.
It waits until each batch is committed or has failed again, ten minutes at most.
Ctrl-C stops only the waiting.

Exit codes: 0 all are done, or nothing has failed, 1 some failed again,
2 could not run, 3 they are still on their way.

Examples:
  npm run sluice -- retry 5f0c9a7e
  npm run sluice -- retry --all
  npm run sluice -- retry --reason 3f2a1b4c5d6e7f80`,
    )
    .action((id: string | undefined, { all, reason, wait, json }: Given) =>
      runCommand('retry', async ({ config, stopping }) => {
        if ([id, all, reason].filter((given) => given !== undefined).length !== 1) {
          throw new ErrorWithHint(
            'one of these says what is tried again: a batch, --reason, --all',
            'see "npm run sluice -- failures" for the batches that have failed',
          );
        }
        const stores = await reachStores('retry', config);
        const screen = new Screen();
        const jobs = id === undefined ? await failedJobs(stores.queues, reason) : [await named(id)];
        const subject = id === undefined ? (all ? 'all' : `group ${reason}`) : nameOf(jobs);
        const retried = await retryFailed(jobs, subject, stores);
        if (retried.length === 0 && !json)
          screen.say(
            id === undefined
              ? 'Nothing to do: nothing has failed.'
              : `Nothing to do: ${printable(id)} is not failed (any more).`,
          );
        else if (!json) screen.say(`Tried again: ${kinds(retried)}`);
        const ended = wait
          ? await untilEnded(retried, stores, stopping, screen)
          : { done: [], failed: [], waiting: retried, waits: 'nobody waits for them here' };
        if (!json) return wait ? sayEnded(ended, screen) : 0;
        screen.say(JSON.stringify({ retried: retried.length, ...ended }, null, 2));
        return ended.failed.length > 0 ? 1 : wait && ended.waiting.length > 0 ? 3 : 0;

        async function named(name: string): Promise<JobName> {
          const job = await jobNamed(name, stores);
          return { queue: job.queue, job: job.id };
        }
      }),
    );
}

const nameOf = ([one]: readonly JobName[]) => (one === undefined ? '' : `${one.queue} ${one.job}`);
