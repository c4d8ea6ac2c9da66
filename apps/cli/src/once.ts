import { type Totals, totals, verify } from '@sluice/ledger';
import {
  awaitedFiles,
  drain,
  type FeedStores,
  judgeHealth,
  readHealthFacts,
  reasonLine,
  reportRun,
} from '@sluice/pipeline';
import { ErrorWithHint, hideSecrets } from '@sluice/process';
import type { Fleet } from './fleet.ts';
import { counted, printable } from './printable.ts';
import { attentionText, leftText } from './run-lines.ts';
import type { Screen } from './screen.ts';
import { goneLines, problemTable, proofLine, type Snapshot, snapshot, summary } from './summary.ts';
import { whyWaiting } from './waiting.ts';

/** Waits until the generators have written all their files and all of them are loaded. Otherwise says why not. */
export async function loadAll(
  fleet: Fleet,
  stores: FeedStores,
  ending: AbortSignal,
): Promise<'drained' | 'stuck' | 'stopped'> {
  const stopped = untilAborted(ending).then(() => 'stopped' as const);
  const written = await Promise.race([Promise.all(fleet.generators.map(({ ended }) => ended)), stopped]);
  if (written === 'stopped') return written;
  const code = written.find((one) => one !== 0);
  if (code !== undefined) {
    throw new ErrorWithHint(
      `a generator ended (${code === null ? 'it was killed' : `code ${code}`}) before all files were written`,
      'see what it said above; what was written is loaded by the next start',
    );
  }
  return Promise.race([drain(stores, ending), stopped]);
}

/** Resolves when the signal fires, or at once if it has fired already. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Prints what this run did, and proves it. Resolves with the exit code. */
export async function report(
  before: Snapshot,
  seconds: number,
  stores: FeedStores,
  screen: Screen,
): Promise<0 | 1> {
  const { style, errorStyle, columns } = screen;
  const after = await snapshot(stores.sql);
  screen.say(summary(before, after, seconds, style, columns));
  const run = await reportRun(stores, before.start);
  const left = leftText(run, after.totals.records - before.totals.records);
  if (left !== '') screen.say(`${left}\n`);
  if (run.reasons.length > 0) screen.warn(`${attentionText(run)}\n`);
  const [proof, sums] = await Promise.all([verify(stores.sql), totals(stores.sql)]);
  if (proof.problems.length > 0) {
    screen.warn(`${proofLine(proof, sums, errorStyle)}\n${problemTable(proof)}`);
  } else {
    const all = (of: Totals) => `${counted(of.closed, 'file')}, ${counted(of.records, 'record')}`;
    const loaded = after.feeds.filter((feed) => feed.sums.closed > 0);
    const each = loaded.length < 2 ? [] : loaded.map(({ feed, sums: own }) => `    ${feed}: ${all(own)}\n`);
    screen.say(
      `  ${style(['bold', 'green'], 'Proof holds:')} ${all(sums)}, each accounted for once\n${each.join('')}`,
    );
  }
  for (const line of goneLines(proof)) screen.warn(line);
  return proof.problems.length === 0 && run.reasons.length === 0 ? 0 : 1;
}

const MOST_AWAITED = 5;

/** Explains to people why nothing moves any more. */
export async function whyStuck(stores: FeedStores): Promise<string> {
  const { queues, staging, config } = stores;
  const failed = await queues.jobs('insert', 'failed', 0, 5);
  const { failed: count } = await queues.counts('insert');
  const { newer } = await staging.size();
  if (count === 0 && newer > 0) {
    return `Stuck: ${counted(newer, 'staged chunk')} can only be committed by a worker of a newer version: start one, or run "recover", which has their files parsed again by this version.`;
  }
  if (count === 0) {
    const facts = await readHealthFacts(stores);
    const waiting = whyWaiting(facts.waiting, config).map((line) => `  ${line}`);
    const still = 'Stuck: nothing has moved for a minute, and no batch has failed. See the warnings above.';
    const { reasons } = judgeHealth(facts);
    const why = reasons
      .filter(({ level }) => level === 'stuck')
      .map((one) => `  ${printable(reasonLine(one))}`);
    const awaited = (await awaitedFiles(stores, MOST_AWAITED)).map(
      ({ name, why }) => `  it waited for ${printable(name)}: ${why}`,
    );
    return [still, ...awaited, ...waiting, ...why].join('\n');
  }
  const lines = failed.map(
    (job) => `  batch ${job.id} (${job.name}): ${printable(hideSecrets(job.reason ?? ''))}`,
  );
  return [
    `Stuck: ${counted(count, 'batch', 'batches')} failed for good. Their rows are kept, and can be tried again.`,
    ...lines,
    'Which record it is:  npm run sluice -- failures',
    'Try all of it again: npm run sluice -- retry --all',
  ].join('\n');
}
