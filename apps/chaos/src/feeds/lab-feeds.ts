import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Sql } from '@sluice/ledger';
import type { Findings } from '../findings.ts';
import type { LabFolder } from '../lab-folder.ts';
import type { ChaosOptions } from '../options.ts';
import { Random } from '../random.ts';
import { LabFeed } from './lab-feed.ts';
import { SHAPES } from './shapes.ts';

const EVENTS_YAML = fileURLToPath(new URL('../../../../config/feeds/events.yaml', import.meta.url));

/** The feeds of the lab besides the events. Their files come in step with the faults. */
export class LabFeeds {
  readonly #feeds: readonly LabFeed[];
  readonly #files: number;
  /** The folder with the YAML of all feeds. */
  readonly yamlFolder: string;

  constructor(folder: LabFolder, { seed, feeds, files, rows }: ChaosOptions) {
    this.#files = Math.ceil(files / 2);
    this.#feeds = SHAPES.slice(0, feeds - 1).map((shape, i) => {
      const source = folder.in('sources', shape.name);
      const random = new Random(seed + 100 + i);
      return new LabFeed(shape, { source, beside: folder.in('beside'), random, rows: Math.ceil(rows / 2) });
    });
    this.yamlFolder = folder.in('feeds');
    copyFileSync(EVENTS_YAML, join(this.yamlFolder, 'events.yaml'));
    for (const { shape, yaml } of this.#feeds)
      writeFileSync(join(this.yamlFolder, `${shape.name}.yaml`), yaml);
  }

  get names(): string[] {
    return this.#feeds.map(({ shape }) => shape.name);
  }

  async makeTables(sql: Sql): Promise<void> {
    for (const { shape } of this.#feeds) await sql.unsafe(shape.table);
  }

  /** Goes on until `over`. `progress` is the share of faults done, 0 to 1. */
  async during(progress: () => number, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      for (const feed of this.#feeds) feed.dropUpTo(Math.ceil(this.#files * progress()));
      await delay(100);
    }
  }

  /** Drops the rest of the files, however many faults were done. */
  finish(): void {
    for (const feed of this.#feeds) feed.dropUpTo(this.#files);
  }

  async areComplete(sql: Sql): Promise<boolean> {
    const complete = await Promise.all(this.#feeds.map((feed) => feed.isComplete(sql)));
    return complete.every(Boolean);
  }

  judgePlaces(archive: string, findings: Findings): void {
    for (const feed of this.#feeds) feed.judgePlaces(join(archive, feed.shape.name), findings);
  }

  async judge(sql: Sql, findings: Findings): Promise<void> {
    for (const feed of this.#feeds) await feed.judge(sql, findings);
  }
}
