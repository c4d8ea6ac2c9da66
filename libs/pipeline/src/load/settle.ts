import type { ClosedFile } from '@sluice/ledger';
import { killPoint } from '@sluice/process';
import type { FeedStores } from '../stores.ts';

/**
 * The work after a commit, and only after a commit (I5). The staged chunks that it carried are dropped, and the files that it
 * completed are cleaned up, or stay and enter the checkpoint. If a crash interrupts this, a retry or the next reconcile does it.
 */
export async function settle(
  batchId: string,
  carried: readonly string[],
  closed: readonly ClosedFile[],
  { feed, staging }: Pick<FeedStores, 'feed' | 'staging'>,
): Promise<void> {
  killPoint('settle:before-drop');
  await staging.settle(batchId, carried);
  killPoint('settle:dropped');
  const left = await feed.cleanUp.clean(closed);
  killPoint('settle:cleaned');
  await feed.checkpoint.add(left);
  killPoint('settle:remembered');
}
