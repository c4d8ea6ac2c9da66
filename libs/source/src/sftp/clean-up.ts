import { placeIn } from '@sluice/core';
import { killPoint } from '@sluice/process';
import { SourceAway } from '../errors.ts';
import { hiddenName, namesFor } from '../hidden-names.ts';
import type { CleanedUp, ClosedSource, Disposal } from '../source.ts';
import { addressOf, isSameServer } from './address.ts';
import { isAbsent, Refusal } from './failure.ts';
import type { Remote } from './remote.ts';
import type { SftpSource } from './sftp.ts';

/**
 * Moves or deletes one closed file, as the clean-up of a folder does it: the file is hidden under a name of its own, compared with its
 * version there, and only then moved or deleted. No request of it overwrites a file, and each step may be done again after a crash.
 */
export async function cleanUpFile(
  source: SftpSource,
  file: ClosedSource,
  disposal: Disposal,
): Promise<CleanedUp> {
  const found = await source.look(file.name);
  const isUnchanged = file.changedAt === null || found?.changedAt === file.changedAt;
  if (found?.token !== file.token || !isUnchanged) return { outcome: 'absent' };
  // Without a hash, nothing proves that the whole content was loaded.
  if (disposal.kind === 'delete' && file.contentHash === null) return { outcome: 'absent' };
  // This comes before the file is hidden, so that a target folder that cannot be made leaves the file untouched.
  if (disposal.kind === 'move') await source.remote.makeFolders(pathOf(source, disposal.to));
  const hidden = source.nameOf(hiddenName(file.fileNo));
  killPoint('clean-up:before-hide');
  try {
    await source.remote.rename(source.pathOf(file.name), source.pathOf(hidden));
  } catch (error) {
    if (isAbsent(error)) return { outcome: 'absent' };
    throw error;
  }
  killPoint('clean-up:hidden');
  return await finishHidden(source, hidden, file, disposal);
}

/** Finishes what {@link cleanUpFile} began. It can safely be repeated after a crash, or run in two processes at once. */
export async function finishHidden(
  source: SftpSource,
  hidden: string,
  file: ClosedSource,
  disposal: Disposal,
): Promise<CleanedUp> {
  const found = await source.look(hidden);
  if (found?.token !== file.token) return await putBack(source, hidden, file.name);
  try {
    if (disposal.kind === 'move') return await move(source, hidden, file, disposal);
    const wasLoaded =
      file.contentHash !== null &&
      (await source.contentHash({ ...found, name: hidden })) === file.contentHash;
    if (!wasLoaded) return await putBack(source, hidden, file.name);
    await source.remote.unlink(source.pathOf(hidden));
    return { outcome: 'deleted' };
  } catch (error) {
    await putBack(source, hidden, file.name);
    throw error;
  }
}

/** Gives a hidden file its old name, or a similar name that is free. It never overwrites another file. */
export async function putBack(source: SftpSource, hidden: string, name: string): Promise<CleanedUp> {
  const back = await moveInto(source.remote, source.pathOf(hidden), source.bareName(name), (bareName) =>
    source.pathOf(source.nameOf(bareName)),
  );
  return back === undefined ? { outcome: 'absent' } : { outcome: 'put_back', name: source.nameOf(back) };
}

async function move(
  source: SftpSource,
  hidden: string,
  file: ClosedSource,
  { to, announce }: Disposal & { readonly kind: 'move' },
): Promise<CleanedUp> {
  const target = pathOf(source, to);
  await source.remote.makeFolders(target);
  const name = await moveInto(
    source.remote,
    source.pathOf(hidden),
    source.bareName(file.name),
    (bareName) => `${target}/${bareName}`,
    (bareName) => announce(placeIn(to, bareName)),
  );
  return name === undefined ? { outcome: 'absent' } : { outcome: 'moved', path: placeIn(to, name) };
}

/**
 * Moves a file under the first of its names that is free. Returns the name; undefined when the file is gone, which means that another
 * process has moved it.
 */
async function moveInto(
  remote: Remote,
  from: string,
  name: string,
  pathFor: (bareName: string) => string,
  announce?: (bareName: string) => Promise<void>,
): Promise<string | undefined> {
  for (const candidate of namesFor(name)) {
    const to = pathFor(candidate);
    try {
      const taken = await remote.isThere(to);
      if (taken && !(await isSame(remote, from, to))) continue;
      await announce?.(candidate);
      killPoint('clean-up:before-place');
      if (!taken && !(await takeName(remote, from, to))) continue;
      killPoint('clean-up:placed');
      await remote.unlink(from);
      killPoint('clean-up:removed');
      return candidate;
    } catch (error) {
      if (isAbsent(error) && !(await remote.isThere(from))) return undefined;
      throw error;
    }
  }
  return undefined;
}

/** Gives a file a second name. False if another file has the name. A server tells that in as many words as any other failure. */
async function takeName(remote: Remote, from: string, to: string): Promise<boolean> {
  try {
    await remote.linkOrRename(from, to);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal) || isAbsent(error) || !(await remote.isThere(to))) throw error;
    return await isSame(remote, from, to);
  }
}

/**
 * Whether two names are those of one file. SFTP has no inodes: they are if size, time and content are the same. A crash leaves both
 * names, and another process may have given the second one meanwhile.
 */
async function isSame(remote: Remote, one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([remote.lstat(one), remote.lstat(other)]);
  if (b.kind !== 'file' || a.token !== b.token) return false;
  const [left, right] = await Promise.all([remote.open(one), remote.open(other)]);
  try {
    for (let at = 0; ; ) {
      const [x, y] = await Promise.all([left, right].map((file) => remote.read(file, at, BLOCK_BYTES)));
      if (x === undefined || y === undefined || !x.equals(y)) return false;
      if (x.length === 0) return true;
      at += x.length;
    }
  } finally {
    await Promise.all([left, right].map((file) => remote.close(file)));
  }
}

const BLOCK_BYTES = 64 * 1024;

/** The path on the server of a place. A file cannot be moved to another server in one step, so such an archive is refused. */
export function pathOf(source: SftpSource, place: string): string {
  const address = place.startsWith('sftp://') ? addressOf(place) : undefined;
  if (address !== undefined && isSameServer(source.address, address)) return address.path;
  throw new SourceAway(`${place} does not lie on the server of ${source.path}`, {
    code: 'ARCHIVE',
    hint: 'name a folder of the same user on the same server, such as sftp://user@host/archive',
  });
}
