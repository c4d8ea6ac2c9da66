import { type FileNo, parseJobId } from '@sluice/core';
import { markGone, type OpenFile, openElsewhere, openFilesOf, takeBackBeginning } from '@sluice/ledger';
import { killPoint } from '@sluice/process';
import type { FeedStores } from '../stores.ts';

/** How many open files are looked at together. */
const PAGE = 1_000;

/** Open files that were last seen in a different folder from the present one. */
export interface Elsewhere {
  readonly files: number;
  /** The name of the first of them. */
  readonly file: string;
}

/**
 * Marks a feed's open versions as gone when they are no longer in the folder. Only the watcher does so, and only for versions that were
 * seen in this very folder. When a mount is missing, the folder in its place is another one and proves nothing.
 */
export class GoneFiles {
  readonly #stores: FeedStores;
  #elsewhere: Elsewhere | undefined;
  #suspected = false;

  constructor(stores: FeedStores) {
    this.#stores = stores;
  }

  /** The result of the last look. */
  get elsewhere(): Elsewhere | undefined {
    return this.#elsewhere;
  }

  /** @param listed the open versions that the folder of this identity holds */
  async look(identity: string, listed: ReadonlySet<FileNo>): Promise<void> {
    const { feed, sql } = this.#stores;
    for (let after: OpenFile['fileNo'] | 0 = 0; ; ) {
      const page = await openFilesOf(sql, feed.name, after, PAGE, identity);
      const absent = page.filter(({ fileNo }) => !listed.has(fileNo));
      if (absent.length > 0) await this.#say(identity, absent);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      after = last.fileNo;
    }
    await this.#lookElsewhere(identity);
  }

  /** A listing may be older than a version, so each of these files is looked at once more. */
  async #say(identity: string, absent: readonly OpenFile[]): Promise<void> {
    const { feed, sql, queues, log } = this.#stores;
    const { files, unreadable } = await feed.source.looks(absent.map(({ name }) => name));
    const found = new Map(files.map(({ name, token }) => [name, token]));
    const unknown = new Set(unreadable.map(({ file }) => file));
    const gone = absent.filter(({ name, token }) => !unknown.has(name) && found.get(name) !== token);
    const idle = await this.#withoutWork(gone);
    if ((await feed.source.identity()) !== identity) return;
    // Nobody has begun with a file whose job no worker has had. So if it comes back with another ctime, it is still this version.
    for (const file of idle)
      if (await queues.withdrawFirstParse(file)) await takeBackBeginning(sql, file.fileNo);
    for (const why of ['missing', 'changed'] as const) {
      const those = idle.filter(({ name }) => found.has(name) === (why === 'changed'));
      if (those.length === 0) continue;
      killPoint('discover:before-gone');
      const said = new Set(
        await markGone(
          sql,
          those.map(({ fileNo }) => fileNo),
          why,
        ),
      );
      killPoint('discover:gone');
      for (const { fileNo, name } of those) if (said.has(fileNo)) log.warn({ file: name, why }, WHY[why]);
    }
  }

  /** A file that a worker is reading, or whose chunks are staged, may still be completed even though it has been deleted. */
  async #withoutWork(files: readonly OpenFile[]): Promise<OpenFile[]> {
    const { queues, staging } = this.#stores;
    const states = await Promise.all(files.map((file) => queues.state('parse', parseJobId(file))));
    const still = files.filter((_, i) => states[i] !== 'active');
    // This comes after the look at the jobs: a parse that ended in between has already staged its chunks.
    const pending = await staging.pendingOf(still.map(({ fileNo }) => fileNo));
    return still.filter(({ fileNo }) => !pending.has(fileNo));
  }

  async #lookElsewhere(identity: string): Promise<void> {
    const { feed, sql, log } = this.#stores;
    const before = this.#elsewhere;
    const found = await openElsewhere(sql, identity, feed.name);
    // Reported only at the second look: another watcher may see the folder under another identity and settle it soon.
    this.#elsewhere = this.#suspected ? found : undefined;
    this.#suspected = found !== undefined;
    if (this.#elsewhere !== undefined && before === undefined) {
      const hint = 'mount that folder again; "sluice recover" gives those files up if they are lost';
      log.warn(
        { ...this.#elsewhere, folder: feed.source.path, hint },
        'the source folder is another one than these files were registered from: they wait',
      );
    }
    if (this.#elsewhere === undefined && before !== undefined)
      log.info(
        { folder: feed.source.path },
        'the source folder is the one again that all files were registered from',
      );
  }
}

const WHY = {
  missing: 'gone before it was read',
  changed: 'changed before it was read: the next scan finds what it is now',
} as const;
