import { randomBytes } from 'node:crypto';
import { messageOf } from '@sluice/process';
import { SourceAway, UnreadableFile } from '../errors.ts';
import { HIDDEN_PREFIX } from '../hidden-names.ts';
import type { Ability, ProvedCleanUp } from '../source.ts';
import { pathOf } from './clean-up.ts';
import { Refusal } from './failure.ts';
import type { SftpSource } from './sftp.ts';

const RIGHTS = 'give the user of the feed the right to write in this folder';

/**
 * What the user of a feed may do: list the folder, read a file of it, and move or delete files. For the last, it makes an empty file with
 * a hidden name and moves it as clean-up would, because rights tell less than a trial does.
 */
export async function proveSftp(source: SftpSource, cleans: ProvedCleanUp): Promise<Ability[]> {
  const listed = await trial('list', source.path, async () => await source.ensure());
  if (!listed.ok) return [listed];
  const abilities: Ability[] = [listed];
  const first = await firstName(source);
  if (first !== undefined)
    abilities.push(
      await trial('read', first, async () => {
        await using file = await source.open(first);
        for await (const _ of file?.blocks() ?? []) break;
      }),
    );
  for (const place of cleans.movesTo)
    abilities.push(await trial('archive', place, () => moveProbe(source, place)));
  if (cleans.deletes)
    abilities.push(await trial('delete', source.path, () => withProbe(source, async () => undefined)));
  return abilities;
}

async function firstName(source: SftpSource): Promise<string | undefined> {
  for await (const { files } of source.list()) if (files[0] !== undefined) return files[0].name;
  return undefined;
}

async function trial(may: Ability['may'], found: string, work: () => Promise<void>): Promise<Ability> {
  try {
    await work();
    return { may, ok: true, found };
  } catch (error) {
    if (error instanceof SourceAway || error instanceof UnreadableFile)
      return { may, ok: false, found: messageOf(error), hint: error.hint };
    if (!(error instanceof Refusal)) throw error;
    return { may, ok: false, found: `${found}: ${error.message}`, hint: RIGHTS };
  }
}

async function moveProbe(source: SftpSource, place: string): Promise<void> {
  const target = pathOf(source, place);
  await source.remote.makeFolders(target);
  await withProbe(source, async (probe, name) => {
    const moved = `${target}/${name}`;
    try {
      await source.remote.linkOrRename(probe, moved);
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 'FAILURE') throw error;
      // The server does not say more. What else would keep a file out of a folder that was just made has another status.
      throw new SourceAway(`a file of ${source.path} cannot be moved to ${place}: ${error.message}`, {
        code: error.status,
        hint: 'name a folder of the same file system, and see to its free space',
        cause: error,
      });
    }
    await source.remote.unlink(moved);
  });
}

/** Makes an empty file with a hidden name for the work, and removes it in any case. */
async function withProbe(
  source: SftpSource,
  work: (path: string, name: string) => Promise<void>,
): Promise<void> {
  const name = `${HIDDEN_PREFIX}trial-${randomBytes(6).toString('hex')}`;
  const path = source.pathOf(source.nameOf(name));
  await source.remote.close(await source.remote.open(path, 'wx'));
  try {
    await work(path, name);
  } finally {
    await source.remote.unlink(path);
  }
}
