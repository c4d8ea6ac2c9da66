import { sourceStates } from '@sluice/pipeline';
import type { Metrics } from '@sluice/process';
import type { FleetMember } from '@sluice/staging';
import { hostsOf } from '../api/fleet.ts';
import type { Dashboard } from '../dashboard.ts';
import { Figures } from './figure.ts';

/** The bytes in a megabit. */
const MEGABIT = 1_000_000 / 8;

/** The figures from the heartbeats. Processes are labelled by number, not by pid, so that a restart makes no new series. */
export async function fleetFigures(metrics: Metrics, { servers, stores }: Dashboard): Promise<void> {
  const members = await servers.askOrNull('redis', () => stores.fleet.members());
  if (members === null) return;
  const figures = new Figures(metrics);
  const numbered = [...Map.groupBy(members, ({ role, host }) => `${role} ${host}`).values()].flatMap(
    (alike) =>
      alike.map((member, i) => ({
        member,
        labels: { role: member.role, host: member.host, number: String(i + 1) },
      })),
  );
  const gauge = (name: string, help: string, of: (member: FleetMember) => number | undefined) => {
    const values = numbered.flatMap(({ member, labels }) => {
      const value = of(member);
      return value === undefined ? [] : [[labels, value] as const];
    });
    figures.gauge(name, help, values);
  };
  gauge(
    'sluice_process_uptime_seconds',
    'Since when a process runs',
    ({ seenAt, startedAt }) => (seenAt - startedAt) / 1000,
  );
  gauge('sluice_process_busy_jobs', 'Jobs that a process has in hand', ({ busy }) => busy);
  gauge('sluice_process_job_slots', 'Jobs that it may have in hand', ({ concurrency }) => concurrency);
  gauge('sluice_process_cpu_ratio', 'Its share of one processor', (member) =>
    ratio(member.process?.cpuPercent),
  );
  gauge('sluice_process_memory_bytes', 'Its resident memory', (member) => member.process?.memoryBytes);
  gauge('sluice_process_event_loop_p99_seconds', 'Lateness of its event loop: 99 % were below', (member) =>
    seconds(member.process?.eventLoopP99Ms),
  );
  gauge('sluice_process_event_loop_max_seconds', 'Lateness of its event loop: the worst', (member) =>
    seconds(member.process?.eventLoopMaxMs),
  );
  sourceFigures(figures, members);
  const hosts = hostsOf(members);
  const perHost = (
    name: string,
    help: string,
    of: (host: (typeof hosts)[number]) => number | null | undefined,
  ) => {
    const values = hosts.flatMap((host) => {
      const value = of(host);
      return value === null || value === undefined ? [] : [[{ host: host.host }, value] as const];
    });
    figures.gauge(name, help, values);
  };
  perHost('sluice_host_cpu_ratio', 'Share of the processors of a machine that is busy', ({ cpuPercent }) =>
    ratio(cpuPercent ?? undefined),
  );
  perHost('sluice_host_memory_bytes', 'Memory of a machine in use', ({ memoryUsedBytes }) => memoryUsedBytes);
  perHost(
    'sluice_host_receive_bytes_per_second',
    'What a machine receives from its network',
    ({ receivedMbps }) => (receivedMbps === null ? null : receivedMbps * MEGABIT),
  );
  perHost('sluice_host_send_bytes_per_second', 'What a machine sends to its network', ({ sentMbps }) =>
    sentMbps === null ? null : sentMbps * MEGABIT,
  );
}

/** The sources as the watchers see them. At most 100 feeds, as everywhere (I8). */
function sourceFigures(figures: Figures, members: readonly FleetMember[]): void {
  const sources = sourceStates(members).slice(0, FEEDS_AT_MOST);
  const gauge = (name: string, help: string, of: (one: (typeof sources)[number]) => number | undefined) =>
    figures.gauge(
      name,
      help,
      sources.flatMap((one) => {
        const value = of(one);
        return value === undefined ? [] : [[{ feed: one.feed }, value] as const];
      }),
    );
  gauge('sluice_source_up', 'Whether the source of a feed can be asked', ({ away }) =>
    away === undefined ? 1 : 0,
  );
  gauge('sluice_source_listed_timestamp_seconds', 'When all of a source was listed last', ({ listing }) =>
    seconds(listing?.at),
  );
  gauge('sluice_source_listing_seconds', 'How long that listing took', ({ listing }) => seconds(listing?.ms));
  gauge('sluice_source_files', 'How many files of the feed it found', ({ listing }) => listing?.files);
}

const FEEDS_AT_MOST = 100;

const ratio = (percent: number | undefined): number | undefined =>
  percent === undefined ? undefined : percent / 100;
const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
