import type { FleetAnswer, Overview } from '../../answers.ts';
import { type Child, el } from '../../dom.ts';
import { bytes, counted } from '../../format.ts';
import { hostTable, processTable } from '../../parts/fleet-tables.ts';
import { meter } from '../../parts/meter.ts';
import { card, section } from '../../parts/section.ts';

/** Processes, machines and Redis. */
export function system({ redis, fleet: brief }: Overview, fleet: FleetAnswer | null): HTMLElement | null {
  const note =
    brief === null ? '' : `${counted(brief.workers, 'worker')}, ${counted(brief.watchers, 'watcher')}`;
  if (fleet === null) return null;
  return section(
    'System',
    { note },
    el(
      'div',
      { class: 'grid' },
      card(
        'Processes',
        { level: 3, class: 'w7', aside: el('a', { href: '#/fleet' }, 'the fleet') },
        processTable(fleet.processes, true),
      ),
      el(
        'div',
        { class: 'w5 section' },
        card('Machines', { level: 3, class: 'grow' }, hostTable(fleet.hosts)),
        redisCard(redis),
      ),
    ),
  );
}

function redisCard(redis: Overview['redis']): Child {
  if (redis === null) return null;
  const wrong = [
    ...(redis.writeFailed ? ['Redis refuses writes: see its log.'] : []),
    ...(redis.evictionPolicy === 'noeviction'
      ? []
      : [`maxmemory-policy is ${redis.evictionPolicy}: set noeviction, or jobs get lost.`]),
  ];
  return card(
    `Redis ${redis.version}`,
    { level: 3, aside: redis.evictionPolicy },
    meter('Memory', redis.usedBytes, redis.limitBytes, bytes),
    wrong.map((text) => el('p', { class: 'error small' }, text)),
  );
}
