import { readFileSync } from 'node:fs';
import type { Sql } from '@sluice/ledger';
import { Fleet } from '../fleet.ts';
import type { Written } from '../loads/kind.ts';
import { feedsFor, KINDS } from '../loads/kinds.ts';
import { type Counts, SETTINGS, type Spread, spread } from '../many-files.ts';
import { timePipeline } from '../pipeline.ts';
import { EXPECTED, prove } from '../proof.ts';
import { copyRows, makeExpected } from '../raw-copy.ts';
import { type Database, type Servers, withDatabase } from '../servers.ts';

/** What one more file costs with so many files in the ledger. */
export interface InLedger {
  readonly files: number;
  /** CPU in us a file of one row: each part, and all of it. */
  readonly cpu: Readonly<Record<string, Spread>>;
}

const WARM_UP_ROUNDS = 1;

/** Fills a ledger, and loads files of one row with it, several times. */
export function measureLedger(servers: Servers, counts: Counts, files: number): Promise<InLedger> {
  return withDatabase(servers, async (database) => {
    servers.say(`filling the ledger with ${files} files`);
    await fill(database.sql, files);
    const old: Written = { files, records: files, rows: files, copy: () => [], rejects: [] };
    const written: Written[] = [old];
    const fleet = startFleet(servers, database, counts.workers);
    const perFile: Record<string, number>[] = [];
    try {
      for (let i = 0; i < WARM_UP_ROUNDS + counts.rounds; i += 1) {
        servers.say(i < WARM_UP_ROUNDS ? 'warming up' : `round ${i} of ${counts.rounds}`);
        const size = { files: counts.more, rows: 1, seed: counts.seed + i };
        written.push(KINDS.plain.write(fleet.beside, `more_${i}`, size));
        const { cpu } = await timePipeline(servers, database.sql, fleet, sumOf(written, 'files'));
        const all = Object.values(cpu).reduce((sum, seconds) => sum + seconds, 0);
        const us = Object.entries({ ...cpu, all }).map(([part, seconds]) => [
          part,
          (seconds / counts.more) * 1e6,
        ]);
        if (i >= WARM_UP_ROUNDS) perFile.push(Object.fromEntries(us));
      }
    } finally {
      await fleet.stop();
    }
    for (const one of written) await copyRows(database.sql, KINDS.plain, one);
    await prove(database.sql, KINDS.plain, written);
    const parts = Object.keys(perFile[0] ?? {});
    return {
      files,
      cpu: Object.fromEntries(parts.map((part) => [part, spread(perFile.map((us) => us[part] ?? 0))])),
    };
  });
}

function startFleet(servers: Servers, database: Database, workers: number): Fleet {
  const feedsDir = feedsFor(KINDS.plain, servers.folder);
  const fleet = new Fleet(servers, database, { feedsDir, env: SETTINGS });
  fleet.startAll(workers);
  return fleet;
}

const sumOf = (written: readonly Written[], name: 'files' | 'rows'): number =>
  written.reduce((sum, one) => sum + one[name], 0);

async function fill(sql: Sql, files: number): Promise<void> {
  const text = readFileSync(new URL('fill.sql', import.meta.url), 'utf8').replaceAll(':files', String(files));
  const session = await sql.reserve();
  await session`SET statement_timeout = 0`;
  await session.unsafe(text);
  await session`VACUUM ANALYZE`;
  session.release();
  await makeExpected(sql, KINDS.plain);
  await sql.unsafe(`INSERT INTO ${EXPECTED}.events SELECT * FROM events`);
}
