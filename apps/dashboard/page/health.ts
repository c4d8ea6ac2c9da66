import type { Overview } from './answers.ts';
import { type Child, el, to } from './dom.ts';
import { count, counted, timeOfDay, wait } from './format.ts';
import { type Acks, acknowledge } from './parts/acknowledge.ts';
import { sign, type Tone } from './parts/pill.ts';
import { awayServers, sentence, sinceWords } from './parts/states.ts';

const STATES: Readonly<Record<Overview['health']['state'], readonly [Tone, string]>> = {
  running: ['ok', 'Running'],
  idle: ['ok', 'Nothing to do'],
  attention: ['warn', 'Needs attention'],
  stuck: ['bad', 'Stuck'],
};

type Said = Overview['health']['reasons' | 'notices'][number];

/** The page on which to deal with each reason. */
const LEADS: Readonly<Record<Said['code'], readonly [string, string] | null>> = {
  outage: null,
  failed_batches: ['#/failures', 'See the failures'],
  no_workers: ['#/fleet', 'See the fleet'],
  source_not_visible: ['#/fleet', 'See the fleet'],
  flush_overdue: ['#/queues', 'See the queues'],
  standstill: ['#/queues', 'See the queues'],
  newer_version: ['#/fleet', 'See the fleet'],
  unseen_files: ['#/fleet', 'See the fleet'],
  paused: ['#/queues', 'See the queues'],
  feed_aside: ['#/feeds', 'See the feeds'],
  feed_yaml_wrong: ['#/feeds', 'See the feeds'],
  feed_yaml_outdated: ['#/feeds', 'See the feeds'],
  feed_files_ambiguous: ['#/feeds', 'See the feeds'],
  feed_files_unclaimed: ['#/feeds', 'See the feeds'],
  files_held: ['#/files', 'See the files'],
  file_quarantined: ['#/quarantine', 'See the quarantined files'],
  file_rejected: ['#/rejects', 'See the rejects'],
  lines_swallowed: ['#/files', 'See the files'],
  file_unreadable: ['#/files', 'See the files'],
  process_missed: ['#/fleet', 'See the fleet'],
  no_watcher: ['#/fleet', 'See the fleet'],
  expectation_missed: ['#/feeds', 'See the feeds'],
};

/** Says whether anything is wrong, and why. People read this first. */
export function healthLine(overview: Overview, acks: Acks | null): HTMLElement {
  const { health, backlog, forecast, failed } = overview;
  const [tone, name] = STATES[health.state];
  return el(
    'div',
    { class: `card health ${tone}` },
    el('p', { class: 'health-state' }, sign(), el('span', { attributes: { 'data-figure': 'health' } }, name)),
    fact('since', timeOfDay(health.since)),
    health.reasons.length === 0 ? null : el('p', {}, doingWords(overview)),
    awayServers(overview.servers).map(([server, since]) => fact(`${server} away since`, sinceWords(since))),
    health.oldestWaitingSeconds === null
      ? null
      : fact('oldest file waiting', wait(health.oldestWaitingSeconds)),
    health.nextFlushSeconds === null ? null : fact('next flush in', wait(health.nextFlushSeconds)),
    forecast?.clearsAt && backlog && backlog.files > 0
      ? el(
          'p',
          {},
          // Failed batches stay until an operator acts, so only the rest clears.
          failed && failed.batches > 0 ? 'the rest clears at ' : 'backlog clears at ',
          el('b', {}, timeOfDay(forecast.clearsAt)),
          ` with the present ${counted(forecast.workers, 'worker')}`,
        )
      : null,
    failed &&
      failed.batches + failed.files > 0 &&
      !health.reasons.some(({ code }) => code === 'failed_batches')
      ? el(
          'p',
          {},
          el('b', {}, `${count(failed.batches + failed.files)} failed `),
          el('a', { href: '#/failures' }, 'look'),
        )
      : null,
    reasons(overview, acks),
  );
}

/** What waits for a person is not on its way. */
function doingWords({ health, forecast }: Overview): string {
  if (health.doing === 'idle') return 'no work is on its way';
  return forecast?.state === 'stopped' ? 'what waits does not move by itself' : 'work is on its way';
}

function reasons({ health }: Overview, acks: Acks | null): Child {
  const { reasons: needs, notices } = health;
  if (needs.length + notices.length === 0) return null;
  return el(
    'ul',
    {},
    needs.map((one) => said(one, one.level === 'attention' && acks !== null ? acknowledge(one, acks) : null)),
    notices.map((one) => said(one)),
  );
}

function said(one: Said, button: Child = null): HTMLElement {
  const lead = leadOf(one);
  return el(
    'li',
    { class: 'text', key: `${one.code} ${one.subject} ${one.text}` },
    `${sentence(`${one.text}: ${one.todo}`)} `,
    lead === null ? null : el('a', { href: lead[0] }, lead[1]),
    ' ',
    button,
  );
}

/** A file that the ledger knows has a page of its own. */
function leadOf(one: Said): readonly [string, string] | null {
  if (!('version' in one) || !one.code.match(/^(file|lines)_/) || !/^\d+$/.test(one.version))
    return LEADS[one.code];
  return [to(['files', one.version]), 'See the file'];
}

function fact(name: string, value: string): HTMLElement {
  return el('p', {}, `${name} `, el('b', {}, value));
}

/** Whether no file has ever landed. */
export function isNew({ totals, health }: Overview): boolean {
  return totals !== null && totals.files.all === 0 && health.reasons.length === 0;
}

/** What a screen reader reads aloud when it changes: the state and the reasons, without figures, which change all the time. */
export function healthWords({ health }: Overview): string {
  const why = health.reasons.map(({ text }) => text.replaceAll(/\d+/g, '').trim());
  return [`Health: ${STATES[health.state][1]}.`, ...why].join(' ');
}

/** The health line while nothing is known yet. */
export function askingLine(): HTMLElement {
  return el(
    'div',
    { class: 'card health none' },
    el('p', { class: 'health-state' }, sign(), 'Asking how it is'),
  );
}

/** The health line while the health cannot be told. What is below it says why. */
export function unknownLine(): HTMLElement {
  return el(
    'div',
    { class: 'card health warn' },
    el(
      'p',
      { class: 'health-state' },
      sign(),
      el('span', { attributes: { 'data-figure': 'health' } }, 'Not known'),
    ),
    el('p', {}, 'it is asked again every 10 s'),
  );
}

/** The health line while the dashboard itself does not answer. */
export function lostLine(lostSince: number, at: number | null): HTMLElement {
  const since = new Date(lostSince).toISOString();
  return el(
    'div',
    { class: 'card health bad' },
    el(
      'p',
      { class: 'health-state' },
      sign(),
      el('span', { attributes: { 'data-figure': 'health' } }, 'The dashboard does not answer'),
    ),
    fact('since', sinceWords(since)),
    el('p', {}, 'it is asked again every 10 s'),
    at === null
      ? null
      : el(
          'ul',
          {},
          el(
            'li',
            {},
            `What you see below is of ${timeOfDay(new Date(at).toISOString(), true)}. The pipeline may run on: see npm run sluice -- status.`,
          ),
        ),
  );
}
