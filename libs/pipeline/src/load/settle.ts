import { feedOf } from '@sluice/core';
import type { ClosedFile } from '@sluice/ledger';
import { killPoint } from '@sluice/process';
import type { Stores } from '../stores.ts';

/**
 * The work after a commit, and only after a commit (I5). The staged chunks that it carried are dropped, and the files that it
 * completed are cleaned up as their feed says, or stay and enter its checkpoint. If a crash interrupts this, a retry or the next
 * reconcile does it. A feed that this process does not know is left to the watcher.
 */
export async function settle(
  batchId: string,
  carried: readonly string[],
  closed: readonly ClosedFile[],
  { feeds, staging }: Pick<Stores, 'feeds' | 'staging'>,
): Promise<void> {
  killPoint('settle:before-drop');
  await staging.settle(batchId, carried);
  killPoint('settle:dropped');
  for (const files of Map.groupBy(closed, ({ name }) => feedOf(name)).values()) {
    const feed = await feeds.ofFile(files[0]?.name ?? '');
    if (feed === undefined) continue;
    const left = await feed.cleanUp.clean(files);
    killPoint('settle:cleaned');
    await feed.checkpoint.add(left);
    killPoint('settle:remembered');
  }
}
