import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { DEFAULT_RULES, events, type FileNo, recordsOf } from '@sluice/core';
import { encodeChunk } from '@sluice/ledger';
import { readChunks } from '@sluice/pipeline';
import { HEAP_FLAGS } from '@sluice/process';
import { type Source, sourceAt } from '@sluice/source';
import { type StallKind, writeStallFile } from './stall-kinds.ts';

/** A stall longer than this delays a worker's locks, heartbeats and signals. */
export const STALL_GOAL_MS = 50;

/** What was measured for one kind of content. */
export interface Stalls {
  readonly kind: string;
  readonly mibPerSecond: number;
  readonly recordsPerSecond: number;
  /** The longest time in which the process did nothing else, in wall-clock time. */
  readonly longestStallMs: number;
  /** The most CPU time in one turn of the event loop: on a shared machine, the longest stall that the process itself caused. */
  readonly longestWorkMs: number;
  readonly peakMemoryMib: number;
  /** Why reading stopped before the end of the file, if it did. */
  readonly fault: string | null;
}

const MIB = 1024 * 1024;
/** The same as the default of WORKER_CONCURRENCY. */
const FILES_AT_ONCE = 4;

/** Measures each kind in its own process with the memory limits of a worker. `tell` is called after each. */
export function measureApart(
  kinds: readonly StallKind[],
  mib: number,
  tell: (stalls: Stalls) => void,
): Stalls[] {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  return kinds.map(({ name }) => {
    const args = [...HEAP_FLAGS, main, 'stalls', '--here', '--json', '--mib', String(mib), '--kind', name];
    const { stdout, status } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (status !== 0) throw new Error(`the measurement of "${name}" ended with ${status}`);
    const {
      stalls: [stalls],
    } = JSON.parse(stdout) as { stalls: [Stalls?] };
    if (stalls === undefined) throw new Error(`the measurement of "${name}" gave nothing`);
    tell(stalls);
    return stalls;
  });
}

/** Measures each kind in this process, one after the other. */
export async function measureStalls(kinds: readonly StallKind[], mib: number): Promise<Stalls[]> {
  const results: Stalls[] = [];
  for (const kind of kinds) results.push(await measureKind(kind, mib));
  return results;
}

/** Reads a file of this kind as the parse stage does, four times at once, and watches the event loop. */
async function measureKind(kind: StallKind, mib: number): Promise<Stalls> {
  const folder = sourceAt(mkdtempSync(join(tmpdir(), 'sluice-bench-')));
  try {
    const { name, bytes } = writeStallFile(folder.path, kind, mib);
    const stalls = monitorEventLoopDelay({ resolution: 1 });
    const longestWork = watchWork();
    stalls.enable();
    const began = performance.now();
    const reads = await Promise.all(Array.from({ length: FILES_AT_ONCE }, () => read(folder, name)));
    const seconds = (performance.now() - began) / 1000;
    stalls.disable();
    const records = reads.reduce((sum, { records }) => sum + records, 0);
    return {
      kind: kind.name,
      mibPerSecond: (FILES_AT_ONCE * bytes) / MIB / seconds,
      recordsPerSecond: records / seconds,
      longestStallMs: stalls.max / 1e6,
      longestWorkMs: longestWork(),
      peakMemoryMib: process.resourceUsage().maxRSS / 1024,
      fault: reads[0]?.fault ?? null,
    };
  } finally {
    rmSync(folder.path, { recursive: true, force: true });
  }
}

/** Measures this thread's CPU time per turn of the event loop. Returns a function that stops it and returns the maximum. */
function watchWork(): () => number {
  const spent = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let [before, longest] = [spent(), 0];
  const look = () => {
    const now = spent();
    longest = Math.max(longest, now - before);
    before = now;
  };
  const timer = setInterval(look, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

/** Does what a parse does with a file, up to the point where it waits for the staging. */
async function read(folder: Source, name: string): Promise<{ records: number; fault: string | null }> {
  await using source = await folder.open(name);
  if (source === undefined) throw new Error(`${name} is not there`);
  const times = { queuedAt: new Date().toISOString(), parsedAt: new Date().toISOString() };
  let records = 0;
  let fault: string | null = null;
  for await (const chunk of readChunks(source, { name, rules: DEFAULT_RULES }, events)) {
    await source.token();
    if (encodeChunk({ fileNo: 1 as FileNo, contractNo: null }, chunk, times)(times.parsedAt).length === 0)
      throw new Error('an empty payload');
    records += recordsOf(chunk);
    fault = chunk.eof?.quarantine?.reason ?? null;
  }
  return { records, fault };
}
