import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { eventFiles, headerLine } from '@sluice/generator';
import type { Written } from './kind.ts';

const MIB = 2 ** 20;
const BLOCK_ROWS = 20_000;
/** Where the last group of digits of an id begins and ends. */
const [LAST_DIGITS, ID_END] = [24, 36];

/**
 * Writes one file of valid, distinct events. The lines of one block are repeated with other ids: the last digits are the number of the
 * block, so the ids of neighbours still lie far apart in an index.
 */
export function writeLargeFile(folder: string, prefix: string, mib: number, seed: number): Written {
  const rows = { min: BLOCK_ROWS, max: BLOCK_ROWS };
  const lines = eventFiles({ seed, rows, duplicates: 0, malformed: 0 })
    .next()
    .value.map(({ line }) => [line.slice(0, LAST_DIGITS), `${line.slice(ID_END)}\n`] as const);
  const path = join(folder, `${prefix}_large.csv`);
  const file = openSync(path, 'w');
  const header = `${headerLine}\n`;
  let bytes = writeSync(file, header);
  let blocks = 0;
  for (; bytes < mib * MIB; blocks += 1) {
    const digits = blocks.toString(16).padStart(ID_END - LAST_DIGITS, '0');
    bytes += writeSync(file, lines.map(([before, after]) => before + digits + after).join(''));
  }
  closeSync(file);
  const records = blocks * BLOCK_ROWS;
  const copy = () => createReadStream(path, { start: header.length });
  return { files: 1, records, rows: records, copy, rejects: [] };
}
