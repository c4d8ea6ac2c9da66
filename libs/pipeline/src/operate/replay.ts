import { basename } from 'node:path';
import { type FileNo, isKnown, type KnownFile, recognise } from '@sluice/core';
import {
  closedContents,
  findVersions,
  noteMovedBack,
  registerReplay,
  registerVersions,
  releaseKept,
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
 * @param add loads a version that is held, because its feed keeps every record
 * @throws {OperationRefused} when the file cannot be read again, with what to do
 */
export async function replay(
  file: string,
  given: FeedStores,
  who = operator(),
  add = false,
): Promise<Replay> {
  const feed = (await given.feeds.ofFile(file)) ?? given.feed;
  const stores = { ...given, feed };
  const name = feed.source.owns(file) ? file : feed.source.nameOf(basename(file));
  const asked = { who, add };
  const found = await feed.source.look(name);
  const fileNo = found === undefined ? undefined : await registerFound(found, stores, asked);
  const registered =
    fileNo === undefined ? await bringBack(name, stores, asked) : { fileNo, name, movedFrom: undefined };
  // The next look at the folder must ask the ledger.
  if (found !== undefined) await feed.checkpoint.forget([found]);
  await new Reconciler(stores).enqueue();
  return registered;
}

interface Asked {
  readonly who: string;
  readonly add: boolean;
}

type Replaying = Pick<FeedStores, 'config' | 'feed' | 'feeds' | 'sql'>;

/**
 * What a replay is read by: the active contract of the feed.
 *
 * @throws {OperationRefused} when the feed has no active contract
 */
async function pinnedNow(stores: Replaying): Promise<NewFiles> {
  const { name } = stores.feed;
  const pinned = await activeNewFiles(stores);
  if (pinned === undefined)
    throw new OperationRefused(`the feed ${name} is retired`, 'put its YAML back, then repeat this command');
  return pinned;
}

/** A known version gets its next generation; a copy of known content is registered first. */
async function registerFound(found: SourceFile, stores: Replaying, asked: Asked): Promise<FileNo> {
  const { feed, sql } = stores;
  const [known] = await findVersions(sql, [found]);
  const as = known && recognise(known, found);
  if (as !== undefined && isKnown(as)) return await nextGeneration(found, stores, asked);
  const contents = (await closedContents(sql, [found.name])).get(found.name);
  const contentHash = contents || known?.contentHash ? await feed.source.contentHash(found) : undefined;
  if (as === 'compare' && known?.contentHash === contentHash)
    return await nextGeneration(found, stores, asked);
  const pinned = await pinnedNow(stores);
  const loaded = contentHash === undefined ? undefined : contents?.get(contentHash);
  // The watcher registers a file that has a known token but another ctime and content.
  if (known !== undefined || contentHash === undefined || loaded === undefined || pinned.keep !== undefined) {
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
  await registerVersions(sql, [version], pinned.rules, null, pinned);
  return await nextGeneration(found, stores, asked);
}

async function nextGeneration(file: KnownFile, stores: Replaying, asked: Asked): Promise<FileNo> {
  const { rules, contractNo, keep } = await pinnedNow(stores);
  if (keep !== undefined) return await released(file, stores, { rules, contractNo, ...asked });
  const registered = await registerReplay(stores.sql, file, { rules, contractNo, who: asked.who });
  if (registered !== undefined) return registered.fileNo;
  throw new OperationRefused(
    `${JSON.stringify(file.name)} is still being loaded`,
    'wait until it is complete ("npm run sluice -- status")',
  );
}

/** Where every record is a row, a replay would add the rows of a loaded file once more. */
async function released(
  file: KnownFile,
  { sql, feed }: Replaying,
  asked: Asked & Pick<NewFiles, 'rules' | 'contractNo'>,
): Promise<FileNo> {
  const end = await releaseKept(sql, file, { feed: feed.name, ...asked });
  const shown = JSON.stringify(file.name);
  switch (end.outcome) {
    case 'registered':
      return end.fileNo;
    case 'held':
      throw new OperationRefused(
        end.held === 'same_content'
          ? `the content of ${shown} was loaded before${end.loaded ? `, as ${JSON.stringify(end.loaded)}` : ''}`
          : `${shown} is new content under the name of a loaded file`,
        '--add loads it as well; if it is there instead of the loaded one, undo that one first',
      );
    case 'loaded':
      throw new OperationRefused(
        `the records of ${shown} are in the table, from ${JSON.stringify(end.name)}, and each record of the feed ${feed.name} is a row`,
        'undo that file, then repeat this command',
      );
    case 'loading':
      throw new OperationRefused(
        `${JSON.stringify(end.name)}, which has this name or content, is still being loaded`,
        'wait until it is complete ("npm run sluice -- status")',
      );
    case 'unknown':
      throw new OperationRefused(
        `${shown} has not been registered yet, so its content is not known`,
        'leave it to a watcher',
      );
  }
}

/** The version is registered before the file is moved back, so that clean-up leaves the file in the source folder. */
async function bringBack(name: string, stores: Replaying, asked: Asked): Promise<Replay> {
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
  const fileNo = await nextGeneration({ ...last, changedAt: null }, stores, asked);
  await feed.source.takeBack(name, kept.path);
  await noteMovedBack(sql, name, kept.path);
  return { fileNo, name, movedFrom: kept.path };
}
