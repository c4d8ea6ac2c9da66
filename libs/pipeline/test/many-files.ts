import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { headerLine } from '@sluice/generator';
import { type AppProcess, waitFor } from '@sluice/testkit';
import { expect } from 'vitest';
import { expectExactly, nothingExpected, type TestPipeline } from './load.ts';

/** What happened while many files that were dropped at once were loaded. Times in seconds from the drop. */
export interface ManyFiles {
  readonly registered: number;
  readonly closed: number;
  /** How many were complete when the last one was registered. */
  readonly closedMeanwhile: number;
  /** Peak memory of each process, in MiB: watcher, workers. */
  readonly peaks: readonly number[];
}

const MIB = 1024 * 1024;

/** Drops files of one row each, all at once, on apps that already run, and checks that each row is there exactly once. */
export async function loadManyFiles(
  pipeline: TestPipeline,
  files: number,
  workers: number,
): Promise<ManyFiles> {
  const apps: AppProcess[] = [pipeline.fleet.start('watcher')];
  for (let i = 0; i < workers; i += 1) apps.push(pipeline.fleet.start('worker'));
  const expected = nothingExpected();
  const beside = `${pipeline.source}-prepared`;
  mkdirSync(beside);
  for (let i = 0; i < files; i += 1) {
    const id = crypto.randomUUID();
    const line = `${id},view,product_${i},user_${i % 977},2026-01-01 00:00:00,${i % 10},`;
    writeFileSync(join(beside, `${i}.csv`), `${headerLine}\n${line}\n`);
    expected.lines.set(id, line);
    expected.perFile.set(`${i}.csv`, { records: 1, malformed: 0 });
  }
  const dropped = performance.now();
  const since = () => (performance.now() - dropped) / 1000;
  for (let i = 0; i < files; i += 1) renameSync(join(beside, `${i}.csv`), join(pipeline.source, `${i}.csv`));

  const counts = async () => {
    const [row] = await pipeline.sql<{ registered: number; closed: number }[]>`
      SELECT count(*) AS registered, count(closed_at) AS closed FROM sluice_files`;
    return row ?? { registered: 0, closed: 0 };
  };
  const wait = { timeoutMs: 25 * 60_000, everyMs: 100 };
  let closedMeanwhile = 0;
  await waitFor(
    async () => {
      const { registered, closed } = await counts();
      if (registered < files) closedMeanwhile = closed;
      return registered >= files;
    },
    { ...wait, what: `${files} registered files` },
  );
  const registered = since();
  await waitFor(async () => (await counts()).closed >= files, { ...wait, what: `${files} complete files` });
  const closed = since();
  const peaks = apps.map((app) => Math.round(app.memory().peak / MIB));
  await expectExactly(pipeline, expected);
  expect(pipeline.fleet.output).not.toContain('it stays in the failed set');
  return { registered, closed, closedMeanwhile, peaks };
}
