import { setTimeout as delay } from 'node:timers/promises';
import { beginRun, type Totals, totals } from '@sluice/ledger';
import {
  checkStart,
  closeStores,
  type Drained,
  drain,
  type FeedStores,
  openStores,
  reportRun,
  type WaitingFiles,
  waitsFor,
  watch,
  work,
} from '@sluice/pipeline';
import { type App, hideSecrets } from '@sluice/process';
import type { Command } from 'commander';
import { whyStuck } from '../once.ts';
import { counted, grouped } from '../printable.ts';
import { showProgress } from '../progress.ts';
import { reachStores } from '../reach-stores.ts';
import { runCommand } from '../run-command.ts';
import { attentionText, leftText, runJson } from '../run-lines.ts';
import { Screen } from '../screen.ts';
import { whyWaiting } from '../waiting.ts';

/** Adds `drain`, which loads everything that is there and then ends. */
export function addDrain(program: Command): void {
  program
    .command('drain')
    .description(
      'Load all that lies in the folder, with a watcher and a worker of its own, then exit: for cron.',
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
It needs PostgreSQL and Redis to run already. Beside a running fleet, or another drain, it only helps.
Files that are quarantined or may not be read do not hold it up.

Exit codes: 0 all is loaded, 1 stuck or stopped, with the reasons, or a file
that it loaded needs attention: it is quarantined, may not be read, each record
of it was rejected, or a quote too many took lines along; 2 could not run.

Examples:
  npm run sluice -- drain
  */5 * * * *  cd /srv/sluice && npm run --silent sluice -- drain --json >> drain.log`,
    )
    .action(({ json }: { json?: true }) =>
      runCommand('drain', async (app) => {
        const began = performance.now();
        const stores = await reachStores('drain', app.config);
        const [before, start] = await Promise.all([totals(stores.sql), beginRun(stores.sql)]);
        const screen = new Screen();
        const { outcome, reasons } = await withOwnFleet(app, async () => {
          const drained = await drainAll(stores, before, screen, app.stopping, !json);
          // While the fleet is there, it says what it does not see.
          return { outcome: drained, reasons: drained === 'stuck' ? await reasonsOf(stores) : [] };
        });
        const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
        const did = grown(before, await totals(stores.sql));
        const report = await reportRun(stores, start);
        if (json) {
          const about = { outcome, seconds, ...did, reasons, ...runJson(report, did.records) };
          screen.say(JSON.stringify(about, null, 2));
        } else {
          screen.say([told(outcome, seconds, did), leftText(report, did.records)].filter(Boolean).join('\n'));
          for (const text of [attentionText(report), ...reasons]) if (text !== '') screen.warn(text);
        }
        return outcome === 'drained' && report.reasons.length === 0 ? 0 : 1;
      }),
    );
}

/** Runs a watcher and a worker in this process for as long as `use` takes. */
async function withOwnFleet<T>({ config, log, stopping }: App, use: () => Promise<T>): Promise<T> {
  const watcher = openStores('drain-watcher', config, log, 'fail');
  const worker = openStores('drain-worker', config, log, 'wait');
  await checkStart(worker, stopping);
  const ended = new AbortController();
  const until = AbortSignal.any([stopping, ended.signal]);
  const fleet = Promise.all([watch(watcher, until), work(worker, until)]);
  try {
    // If the watcher or the worker fails, the drain fails too.
    return await Promise.race([use(), fleet.then(() => new Promise<never>(() => undefined))]);
  } finally {
    ended.abort();
    await fleet;
    await Promise.all([closeStores(watcher), closeStores(worker)]);
  }
}

/** {@link drain} waits while anything moves. Retries of failing work move too, so this also ends when the ledger stands still. */
async function drainAll(
  stores: FeedStores,
  before: Totals,
  screen: Screen,
  stopping: AbortSignal,
  show: boolean,
): Promise<Drained> {
  const ended = new AbortController();
  const still = new AbortController();
  const until = AbortSignal.any([stopping, still.signal]);
  const progress = show && screen.live ? showProgress(stores, before, screen, ended.signal) : undefined;
  const standstill = noticeStandstill(stores, still, ended.signal);
  try {
    const outcome = await drain(stores, until, tellWaiting(stores, screen));
    return outcome === 'stopped' && still.signal.aborted ? 'stuck' : outcome;
  } finally {
    ended.abort();
    await Promise.all([progress, standstill]);
  }
}

/** Says on stderr which files may be unfinished, each time that changes. */
function tellWaiting({ config }: FeedStores, screen: Screen): (waiting: WaitingFiles) => void {
  let told = '';
  return ({ unfinished, names }) => {
    const [line] = whyWaiting({ files: unfinished, unfinished, names }, config);
    if (line !== undefined && line !== told) screen.warn(`Waits for ${line}`);
    told = line ?? told;
  };
}

const STILL_MS = 120_000;

async function noticeStandstill(
  stores: FeedStores,
  still: AbortController,
  until: AbortSignal,
): Promise<void> {
  let told = '';
  let movedAt = performance.now();
  while (!until.aborted && !still.signal.aborted) {
    const { files, closed, gone, records } = await totals(stores.sql);
    const now = [files, closed, gone, records].join();
    if (now !== told) movedAt = performance.now();
    told = now;
    if (performance.now() - movedAt > STILL_MS + waitsFor(stores)) still.abort();
    await delay(2_000, undefined, { signal: until }).catch(() => undefined);
  }
}

async function reasonsOf(stores: FeedStores): Promise<string[]> {
  const failed = await stores.queues.jobs('parse', 'failed', 0, 5);
  const waiting = (await stores.queues.jobs('parse', 'delayed', 0, 5)).filter(
    ({ reason }) => reason !== null,
  );
  const parses = [...failed, ...waiting].map(
    ({ id, reason }) => `  parse of ${id}: ${hideSecrets(reason ?? '')}`,
  );
  return [await whyStuck(stores), ...parses];
}

type Did = Record<'files' | 'records' | 'inserted' | 'duplicates' | 'rejects' | 'quarantined', number>;

function grown(before: Totals, after: Totals): Did {
  const by = (key: 'closed' | Exclude<keyof Did, 'files'>) => after[key] - before[key];
  return {
    files: by('closed'),
    records: by('records'),
    inserted: by('inserted'),
    duplicates: by('duplicates'),
    rejects: by('rejects'),
    quarantined: by('quarantined'),
  };
}

function told(outcome: Drained, seconds: number, did: Did): string {
  const bad = did.quarantined > 0 ? `; ${counted(did.quarantined, 'file')} quarantined` : '';
  const sum =
    `${counted(did.files, 'file')}, ${counted(did.records, 'record')} = ${grouped(did.inserted)} inserted + ` +
    `${counted(did.duplicates, 'duplicate')} + ${counted(did.rejects, 'reject')}${bad}`;
  const words = { drained: 'Drained', stuck: 'Stuck', stopped: 'Stopped before the end' };
  return `${words[outcome]} after ${seconds} s: ${sum}`;
}
