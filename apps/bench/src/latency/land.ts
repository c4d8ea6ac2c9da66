import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from '../fleet.ts';
import { mustGoOn, type Servers } from '../servers.ts';

/**
 * Renames the files beside the source into it, so many a second.
 * @returns when each was renamed, in ms since 1970
 */
export async function landSteadily(
  servers: Servers,
  fleet: Fleet,
  files: number,
  aSecond: number,
): Promise<number[]> {
  const landed: number[] = [];
  const began = performance.now();
  for (let file = 0; file < files; file += 1) {
    const due = began + (file / aSecond) * 1000;
    // A timer may fire late, and then several files are due.
    if (due > performance.now()) {
      mustGoOn(servers);
      fleet.mustRun();
      await delay(due - performance.now());
    }
    landed.push(Date.now());
    const name = `measured_${file}.csv`;
    renameSync(join(fleet.beside, name), join(fleet.source, name));
  }
  return landed;
}
