import { HEARTBEAT_MS } from '@sluice/pipeline';
import type { FleetMember } from '@sluice/staging';
import type { z } from 'zod';
import { iso, route } from './route.ts';
import { fleet } from './schemas.ts';

type Host = z.infer<typeof fleet>['hosts'][number];

export const fleetRoute = route({
  method: 'GET',
  path: '/api/fleet',
  summary: 'The processes and their machines, as their last heartbeats told of them',
  answer: fleet,
  answerTo: async (_, { servers, stores }) => {
    const members = await servers.ask('redis', () => stores.fleet.remembered());
    const now = Date.now();
    return {
      at: iso(new Date(now)),
      processes: members.map((member) => {
        const { id, role, host, pid, version, busy, concurrency, process: own } = member;
        return {
          ...{ id, role, host, pid, version, busy, concurrency },
          startedAt: iso(new Date(member.startedAt)),
          uptimeSeconds: (member.seenAt - member.startedAt) / 1000,
          lastSeenSeconds: Math.max(0, now - member.seenAt) / 1000,
          silent: isSilent(member, now),
          cpuPercent: own?.cpuPercent ?? null,
          memoryBytes: own?.memoryBytes ?? null,
          heapBytes: own?.heapBytes ?? null,
          eventLoopP99Ms: own?.eventLoopP99Ms ?? null,
          eventLoopMaxMs: own?.eventLoopMaxMs ?? null,
          metrics: member.metrics ?? null,
        };
      }),
      hosts: hostsOf(members.filter((member) => !isSilent(member, now))),
    };
  },
});

/** Whether three heartbeats in a row are missing. */
export function isSilent({ seenAt }: FleetMember, now = Date.now()): boolean {
  return now - seenAt > 3 * HEARTBEAT_MS;
}

/** The machines, each as its latest heartbeat describes it. */
export function hostsOf(members: readonly FleetMember[]): Host[] {
  const byHost = Map.groupBy(members, ({ host }) => host);
  return [...byHost].map(([host, own]) => {
    const machine = own.toSorted((a, b) => b.seenAt - a.seenAt).find((member) => member.machine)?.machine;
    return {
      host,
      processes: own.length,
      cpus: machine?.cpus ?? null,
      cpuPercent: machine?.cpuPercent ?? null,
      memoryBytes: machine?.memoryBytes ?? null,
      memoryUsedBytes: machine?.memoryUsedBytes ?? null,
      receivedMbps: machine?.receivedMbps ?? null,
      sentMbps: machine?.sentMbps ?? null,
    };
  });
}
