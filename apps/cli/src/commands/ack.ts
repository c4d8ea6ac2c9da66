import { acknowledge, type HealthReason, judgeHealth, readHealthFacts } from '@sluice/pipeline';
import type { Command } from 'commander';
import { counted, printable } from '../printable.ts';
import { reachStores } from '../reach-stores.ts';
import { runCommand } from '../run-command.ts';
import { say, warn } from '../say.ts';

const NAMED_AT_MOST = 20;

/** Adds `ack`, which acknowledges what needs attention. */
export function addAck(program: Command): void {
  program
    .command('ack')
    .argument('<reason>', 'its code, such as file_quarantined; "status" shows both')
    .argument('[subject]', 'the file, process or feed; otherwise all of that reason')
    .description('Acknowledge what needs attention, so that it is told no more.')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Reasons: file_quarantined, file_rejected, lines_swallowed, file_unreadable,
process_missed, no_watcher, expectation_missed.

It changes nothing but that. It holds for this occasion: a newer version of the
file that fails, or the next process that goes silent, is told again. The audit
has who did it. What is stuck cannot be acknowledged: it has to be put right.

Exit codes: 0 acknowledged, 1 nothing of that kind needs attention, with what
does, 2 no such reason, or could not run.

Examples:
  npm run sluice -- ack file_quarantined
  npm run sluice -- ack file_rejected orders/orders_20261104.csv
  npm run sluice -- ack process_missed worker-host-1234`,
    )
    .action((code: string, subject: string | undefined, { json }: { json?: true }) =>
      runCommand('ack', async ({ config }) => {
        const stores = await reachStores('ack', config);
        const acked = await acknowledge({ code, subject }, stores);
        if (json) say(JSON.stringify({ code, acknowledged: acked }, null, 2));
        else if (acked.length > 0) say(told(code, acked));
        if (acked.length > 0) return 0;
        const { reasons } = judgeHealth(await readHealthFacts(stores));
        warn(
          nothing(
            code,
            subject,
            reasons.filter(({ level }) => level === 'attention'),
          ),
        );
        return 1;
      }),
    );
}

function told(code: string, subjects: readonly string[]): string {
  const named = subjects.filter((one) => one !== '').slice(0, NAMED_AT_MOST);
  const more = subjects.filter((one) => one !== '').length - named.length;
  const lines = named.map((one) => `  ${printable(one)}`);
  const head = `Acknowledged: ${code}${named.length === 0 ? '' : `, ${counted(subjects.length, 'time')}`}`;
  return [head, ...lines, ...(more > 0 ? [`  ... and ${more} more`] : [])].join('\n');
}

function nothing(code: string, subject: string | undefined, open: readonly HealthReason[]): string {
  const what = subject === undefined ? code : `${code} ${printable(subject)}`;
  const head = `Nothing to acknowledge: ${what} does not need attention.`;
  if (open.length === 0) return `${head} Nothing else does either.`;
  const lines = open
    .slice(0, NAMED_AT_MOST)
    .map((one) => `  ${one.code}${one.subject === '' ? '' : ` ${printable(one.subject)}`}`);
  return [head, 'What does:', ...lines].join('\n');
}
