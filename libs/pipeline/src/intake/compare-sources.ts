import { type EncodingName, isKnown, recognise, versionKey } from '@sluice/core';
import { closedContents, findVersions, type Sql } from '@sluice/ledger';
import type { Config } from '@sluice/process';
import { compressionOf, type Source, type SourceFile, UnreadableFile } from '@sluice/source';
import { readPlaces, sourceOf } from '../feed-places.ts';

/** Time for the watcher to look again at a file that has become stable, and to register it. */
const SLACK_MS = 2_000;

/** Why the ledger does not account for a file in the folder. */
export const HIDDEN_WHY = {
  unknown: 'the ledger does not know it',
  changed: 'the ledger knows it with another content or time only',
  gone: 'the ledger gave it up as gone, but it lies there',
  unreadable: 'it cannot be read: give this account the right to, or take it away',
  ambiguous: 'two feeds match it, so none loads it',
} as const;

interface HiddenFile {
  readonly name: string;
  readonly why: keyof typeof HIDDEN_WHY;
}

/** The files in the folder, by what the ledger says about them. */
export interface ComparedSources {
  readonly files: number;
  readonly loaded: number;
  /** Registered, but not complete. */
  readonly open: number;
  /** Waiting for an operator. */
  readonly held: number;
  /** Changed so recently that they may still be written to. */
  readonly onTheirWay: number;
  /** Files whose present content is neither loaded nor going to be loaded. */
  readonly hidden: readonly HiddenFile[];
  /** How many files in the folders no feed matches. */
  readonly unclaimed: number;
  /** Files whose names are not UTF-8, so that they can be neither loaded nor named. */
  readonly unreadableNames: number;
}

interface Needs {
  readonly sql: Sql;
  readonly config: Config;
}

/**
 * Compares the files in the source folders of all feeds with the ledger. Feeds without YAML here take no files, so they are left out.
 *
 * @param only the name of the feed to look at; by default all
 */
export async function compareSources({ sql, config }: Needs, only?: string): Promise<ComparedSources> {
  const { declarations } = await readPlaces({ sql, config });
  const feeds = declarations.filter(({ name }) => only === undefined || name === only);
  const found: ComparedSources[] = [];
  for (const feed of feeds)
    found.push(
      await compareSource(
        sourceOf(feed, () => declarations),
        feed.load.rules.encoding,
        { sql, config },
      ),
    );
  const sum = (key: 'files' | 'loaded' | 'open' | 'held' | 'onTheirWay') =>
    found.reduce((n, one) => n + one[key], 0);
  // Feeds that share a folder find the same files that none of them takes.
  const folders = new Map(feeds.map(({ source }, i) => [source, found[i]]));
  const once = (key: 'unclaimed' | 'unreadableNames') =>
    [...folders.values()].reduce((n, one) => n + (one?.[key] ?? 0), 0);
  return {
    ...{
      files: sum('files'),
      loaded: sum('loaded'),
      open: sum('open'),
      held: sum('held'),
      onTheirWay: sum('onTheirWay'),
    },
    hidden: found.flatMap(({ hidden }) => hidden),
    ...{ unclaimed: once('unclaimed'), unreadableNames: once('unreadableNames') },
  };
}

/**
 * Compares the files in one source folder with the ledger, and does not use the checkpoint: an entry of the checkpoint that is
 * forged or left over from a lost database hides a file from the watcher, and from a proof that reads only the ledger.
 */
async function compareSource(
  source: Source,
  encoding: EncodingName,
  { sql, config }: Needs,
): Promise<ComparedSources> {
  const hidden: HiddenFile[] = [];
  let [files, loaded, open, held, onTheirWay, unclaimed, unreadableNames] = [0, 0, 0, 0, 0, 0, 0];
  for await (const page of source.list()) {
    const { files: slice, unreadable, ambiguous } = page;
    files += slice.length + unreadable.length + ambiguous.length + page.unreadableNames;
    unclaimed += page.unclaimed;
    unreadableNames += page.unreadableNames;
    for (const name of ambiguous) hidden.push({ name, why: 'ambiguous' });
    for (const { file } of unreadable) hidden.push({ name: file, why: 'unreadable' });
    const versions = await findVersions(sql, slice);
    const known = new Map(versions.map((version) => [versionKey(version), version]));
    const [missed, gone]: [SourceFile[], SourceFile[]] = [[], []];
    for (const file of slice) {
      const version = known.get(versionKey(file));
      if (version === undefined || !isKnown(recognise(version, file))) missed.push(file);
      else if (version.closed) loaded += 1;
      else if (version.gone) gone.push(file);
      else if (version.held) held += 1;
      else open += 1;
    }
    const settled: SourceFile[] = [];
    for (const file of missed) {
      if (await mayStillBeWritten(file, { source, encoding }, config)) onTheirWay += 1;
      else settled.push(file);
    }
    const names = await closedContents(
      sql,
      settled.map(({ name }) => name),
    );
    const tell = async ({ name }: SourceFile, why: HiddenFile['why']) =>
      hidden.push({ name, why: (await source.trouble(name)) === undefined ? why : 'unreadable' });
    for (const file of gone) await tell(file, 'gone');
    for (const file of settled) {
      const changed = names.has(file.name) || known.has(versionKey(file));
      await tell(file, changed ? 'changed' : 'unknown');
    }
  }
  return { files, loaded, open, held, onTheirWay, hidden, unclaimed, unreadableNames };
}

/** Trusts the file's ctime, which the file server's clock sets, because a single look has nothing better. */
async function mayStillBeWritten(
  file: SourceFile,
  { source, encoding }: { readonly source: Source; readonly encoding: EncodingName },
  { stableFor, unfinishedFor }: Needs['config'],
): Promise<boolean> {
  const age = Date.now() - file.landedAt;
  if (source.traits.finishedWhenListed) return age < SLACK_MS;
  if (age < stableFor + SLACK_MS) return true;
  if (age >= unfinishedFor + SLACK_MS || compressionOf(file.name) !== null) return false;
  try {
    return (await source.endsItsLine(file, encoding)) !== true;
  } catch (error) {
    if (error instanceof UnreadableFile) return false;
    throw error;
  }
}
