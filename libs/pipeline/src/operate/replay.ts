import { link, unlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { type FileNo, isKnown, type KnownFile, recognise } from '@sluice/core';
import {
  closedContents,
  findVersions,
  noteMovedBack,
  registerReplay,
  registerVersions,
  versionsOf,
} from '@sluice/ledger';
import type { SourceFile } from '@sluice/source';
import { activeNewFiles, type NewFiles } from '../intake/new-files.ts';
import { Reconciler } from '../intake/reconcile.ts';
import type { FeedStores } from '../stores.ts';
import { LoadedSources } from './loaded-sources.ts';
import { OperationRefused, operator } from './operator.ts';

/** A version that is read again. `movedFrom`: where clean-up had put it. */
export interface Replay {
  readonly fileNo: FileNo;
  readonly name: string;
  readonly movedFrom: string | undefined;
}

/**
 * Reads a loaded file again, as a new version in the ledger with the current settings and reader. Rows that are already in the
 * table count as duplicates. Its parse job is queued like that of any open file. A file that clean-up has moved away is moved
 * back.
 *
 * @param file its name in the ledger, or a path to it
 * @param who the person, for the audit
 * @throws {OperationRefused} when the file cannot be read again, with what to do
 */
export async function replay(file: string, given: FeedStores, who = operator()): Promise<Replay> {
  const feed = (await given.feeds.ofFile(file)) ?? given.feed;
  const stores = { ...given, feed };
  const name = feed.source.nameOf(basename(file));
  const found = await feed.source.look(name);
  const fileNo = found === undefined ? undefined : await registerFound(found, stores, who);
  const registered =
    fileNo === undefined ? await bringBack(name, stores, who) : { fileNo, name, movedFrom: undefined };
  // The next look at the folder must ask the ledger.
  if (found !== undefined) await feed.checkpoint.forget([found]);
  await new Reconciler(stores).enqueue();
  return registered;
}

type Replaying = Pick<FeedStores, 'config' | 'feed' | 'feeds' | 'sql'>;

/**
 * What a replay is read by: the active contract of the feed.
 *
 * @throws {OperationRefused} when files of the feed cannot be read again
 */
async function pinnedNow(stores: Replaying): Promise<NewFiles> {
  const { name } = stores.feed;
  const pinned = await activeNewFiles(stores);
  if (pinned === undefined)
    throw new OperationRefused(`the feed ${name} is retired`, 'put its YAML back, then repeat this command');
  if (pinned.keep === undefined) return pinned;
  throw new OperationRefused(
    `every record of the feed ${name} is a row, so a replay would add its rows once more`,
    'undo the file, then land it again',
  );
}

/** A known version gets its next generation; a copy of known content is registered first. */
async function registerFound(found: SourceFile, stores: Replaying, who: string): Promise<FileNo> {
  const { feed, sql } = stores;
  const [known] = await findVersions(sql, [found]);
  const as = known && recognise(known, found);
  if (as !== undefined && isKnown(as)) return await nextGeneration(found, stores, who);
  const contents = (await closedContents(sql, [found.name])).get(found.name);
  const contentHash = contents || known?.contentHash ? await feed.source.contentHash(found) : undefined;
  if (as === 'compare' && known?.contentHash === contentHash) return await nextGeneration(found, stores, who);
  const loaded = contentHash === undefined ? undefined : contents?.get(contentHash);
  // The watcher registers a file that has a known token but another ctime and content.
  if (known !== undefined || contentHash === undefined || loaded === undefined) {
    throw new OperationRefused(
      `${JSON.stringify(found.name)}, as it lies in the source folder, has not been loaded yet`,
      'leave it to a watcher and a worker ("npm start", or "npm run sluice -- drain")',
    );
  }
  // Registers it as the watcher would: as a closed version that points to the loaded one.
  const version = {
    ...found,
    landedAt: new Date(Math.min(found.landedAt, Date.now())),
    stableAt: new Date(),
    same: { fileNo: loaded, contentHash },
  };
  const pinned = await pinnedNow(stores);
  await registerVersions(sql, [version], pinned.rules, null, pinned);
  return await nextGeneration(found, stores, who);
}

async function nextGeneration(file: KnownFile, stores: Replaying, who: string): Promise<FileNo> {
  const { rules, contractNo } = await pinnedNow(stores);
  const registered = await registerReplay(stores.sql, file, { rules, contractNo, who });
  if (registered !== undefined) return registered.fileNo;
  throw new OperationRefused(
    `${JSON.stringify(file.name)} is still being loaded`,
    'wait until it is complete ("npm run sluice -- status")',
  );
}

/** The version is registered before the file is moved back, so that clean-up leaves the file in the source folder. */
async function bringBack(name: string, stores: Replaying, who: string): Promise<Replay> {
  const { feed, sql, config } = stores;
  const message = `there is no file ${JSON.stringify(name)} in the source folder ${feed.source.path}`;
  const last = (await versionsOf(sql, name)).at(-1);
  if (last === undefined) throw new OperationRefused(message, 'name a file that has been loaded');
  const kept = await new LoadedSources({ sql, config }).find(last);
  if (kept === undefined) {
    throw new OperationRefused(message, 'put that file back there, then repeat this command');
  }
  if (!kept.sameToken) {
    const hint = `stop the watcher, copy the file back from ${kept.path}, repeat this command, start the watcher`;
    throw new OperationRefused(message, hint);
  }
  // Moving the file back changes its ctime, so its parse records the ctime that it finds.
  const fileNo = await nextGeneration({ ...last, changedAt: null }, stores, who);
  await link(kept.path, feed.source.pathOf(name));
  await unlink(kept.path);
  await noteMovedBack(sql, name, kept.path);
  return { fileNo, name, movedFrom: kept.path };
}
