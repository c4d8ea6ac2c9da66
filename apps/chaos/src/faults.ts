import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from './fleet.ts';
import type { Disk, Fault } from './plan.ts';
import type { Random } from './random.ts';
import type { Servers } from './servers.ts';
import type { SmallDisk } from './small-disk.ts';

/** What the faults act on. */
export interface Victims {
  readonly fleet: Fleet;
  readonly servers: Servers;
  readonly disks: Readonly<Record<Disk, SmallDisk | undefined>>;
  readonly random: Random;
}

const LOOK_EVERY_MS = 2;
const STATEMENT_WITHIN_MS = 5_000;

/** Injects one fault, from its beginning to its end. Resolves with false if there was nothing to inject it into. */
export async function inject(fault: Fault, victims: Victims, withinMs: number): Promise<boolean> {
  const { fleet, servers, random } = victims;
  switch (fault.kind) {
    case 'kill':
      return fault.at === undefined
        ? await fleet.killOne(fault.side, random)
        : await fleet.killAt(fault.side, fault.at, withinMs);
    case 'pause':
      return await pause(fault, victims);
    case 'redis-wipe':
      return (await servers.askRedis((redis) => redis.flushall())) === 'OK';
    case 'redis-restart':
      await servers.crashRedis(fault.ms, fault);
      return true;
    case 'pg-restart':
      await servers.crashPostgres(fault.ms);
      return true;
    case 'pg-terminate':
      return await terminate(servers);
    case 'disk-full':
      return await fillDisk(fault, victims);
    case 'reset':
      return (servers.proxies?.[fault.server].reset(fault) ?? 0) > 0;
    case 'clock':
      fleet.setClocksBack(fault.backMs);
      return true;
  }
}

/** Pauses a process for longer than its locks last. It then goes on with work that others have taken over. */
async function pause({ side, ms }: Fault & { kind: 'pause' }, { fleet, random }: Victims): Promise<boolean> {
  const [first, ...others] = fleet.of(side);
  if (first === undefined) return false;
  const app = random.pick([first, ...others]);
  app.pause();
  await delay(ms);
  app.goOn();
  return true;
}

/** Ends sessions of the workers in the middle of a statement. */
async function terminate(servers: Servers): Promise<boolean> {
  const deadline = performance.now() + STATEMENT_WITHIN_MS;
  while (performance.now() < deadline) {
    const ended = await servers.ask(
      (sql) => sql`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name IN ('sluice-worker', 'sluice-watcher') AND state IN ('active', 'idle in transaction')`,
    );
    if (ended === undefined || ended.length > 0) return ended !== undefined;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}

/** Fills the disk for a while. A server that died because of it is started again when there is room. */
async function fillDisk({ disk, ms }: Fault & { kind: 'disk-full' }, victims: Victims): Promise<boolean> {
  const full = victims.disks[disk];
  if (full === undefined) return false;
  if (disk === 'postgres') await victims.servers.letGo();
  full.fill();
  await delay(ms);
  full.free();
  if (disk === 'postgres') await victims.servers.bringUpPostgres();
  if (disk === 'redis') await victims.servers.bringUpRedis();
  return true;
}
