import type { ClosedFile } from '@sluice/ledger';
import { killPoint } from '@sluice/process';
import type { Stores } from '../stores.ts';

/**
 * What follows a commit, and only a commit (I5): the staged chunks that it carried go, and the files that it completed
 * are cleaned up, or stay and enter the checkpoint. Whatever a crash leaves undone here is done by a retry or by the next
 * reconcile.
 */
export async function settle(
  batchId: string,
  carried: readonly string[],
  closed: readonly ClosedFile[],
  { feed, staging }: Pick<Stores, 'feed' | 'staging'>,
): Promise<void> {
  killPoint('settle:before-drop');
  await staging.settle(batchId, carried);
  killPoint('settle:dropped');
  const left = await feed.cleanUp.clean(closed);
  killPoint('settle:cleaned');
  await feed.checkpoint.add(left);
  killPoint('settle:remembered');
}
