import { setTimeout as wait } from 'node:timers/promises';
import type { App } from '@sluice/process';
import { prepareFolder, writeEventFile } from './event-folder.ts';
import { eventFiles, type GeneratedRow } from './events.ts';
import type { GeneratorOptions } from './options.ts';

/** Writes files into the source folder until it is stopped or has written `options.files`. */
export async function generate({ config, log, stopping }: App, options: GeneratorOptions): Promise<void> {
  const dir = config.sourceDir;
  await prepareFolder(dir);
  const { seed, interval, files = Number.POSITIVE_INFINITY } = options;
  const source = seed === undefined ? { seed: randomSeed(), clock: Date.now } : { seed };
  const sum = { files: 0, rows: 0, duplicates: 0, malformed: 0 };
  let last = 0;

  log.info({ dir, seed, rows: options.rows, interval, files: options.files }, 'generating');
  for (const rows of eventFiles({ ...options, ...source })) {
    const { name, n } = await writeEventFile(dir, last + 1, rows);
    last = n;
    const counts = count(rows);
    log.info({ file: name, ...counts }, 'file written');
    sum.files += 1;
    sum.rows += counts.rows;
    sum.duplicates += counts.duplicates;
    sum.malformed += counts.malformed;
    if (sum.files >= files) break;
    await pause(interval * 1000, stopping);
    if (stopping.aborted) break;
  }
  log.info(sum, 'generated');
}

/** 128 bits, because two endless runs must never generate the same ids. */
function randomSeed(): number[] {
  return [...crypto.getRandomValues(new Uint32Array(4))];
}

function count(rows: readonly GeneratedRow[]): { rows: number; duplicates: number; malformed: number } {
  const of = (kind: GeneratedRow['kind']): number => rows.filter((row) => row.kind === kind).length;
  return { rows: rows.length, duplicates: of('duplicate'), malformed: of('malformed') };
}

async function pause(ms: number, stopping: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal: stopping });
  } catch (error) {
    if (!stopping.aborted) throw error;
  }
}
