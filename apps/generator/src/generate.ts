import { setTimeout as wait } from 'node:timers/promises';
import type { App } from '@sluice/process';
import { eventFiles, headerLine } from './events.ts';
import { type GeneratedFeed, writtenFiles } from './feed-files.ts';
import type { GeneratorOptions } from './options.ts';
import { placeFile, prepareFolder } from './source-folder.ts';

type Kind = 'fresh' | 'duplicate' | 'malformed';

/**
 * Writes files into the source folder until it is stopped or has written `options.files`.
 *
 * @param feed undefined: the events of a shop
 */
export async function generate(
  { config, log, stopping }: App,
  options: GeneratorOptions,
  feed?: GeneratedFeed,
): Promise<void> {
  const { seed, interval, files = Number.POSITIVE_INFINITY } = options;
  const source = seed === undefined ? { seed: randomSeed(), clock: Date.now } : { seed };
  const written = feed
    ? writtenFiles(feed, { ...options, ...source })
    : {
        ...{ feed: 'events', dir: config.sourceDir, rows: eventFiles({ ...options, ...source }) },
        named: (seconds: number, n: number) => `events_${seconds}_${n}.csv`,
        content: (rows: readonly { readonly line: string }[]) =>
          `${[headerLine, ...rows.map(({ line }) => line)].join('\n')}\n`,
      };
  const { dir } = written;
  await prepareFolder(dir, written.feed);
  const sum = { files: 0, rows: 0, duplicates: 0, malformed: 0 };
  let last = 0;

  log.info({ dir, seed, rows: options.rows, interval, files: options.files }, 'generating');
  for (const rows of written.rows) {
    const { name, n } = await placeFile(dir, last + 1, { ...written, content: written.content(rows) });
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

function count(rows: readonly { readonly kind: Kind }[]): {
  rows: number;
  duplicates: number;
  malformed: number;
} {
  const of = (kind: Kind): number => rows.filter((row) => row.kind === kind).length;
  return { rows: rows.length, duplicates: of('duplicate'), malformed: of('malformed') };
}

async function pause(ms: number, stopping: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal: stopping });
  } catch (error) {
    if (!stopping.aborted) throw error;
  }
}
