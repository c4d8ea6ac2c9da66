import { closeStores, judgeHealth, readHealthFacts } from '@sluice/pipeline';
import type { Config } from '@sluice/process';
import type { Finding } from './finding.ts';
import { reachStores } from './reach-stores.ts';

/**
 * What needs a person while the pipeline is at work, as warnings: the exit code of `status` judges it. Asked only where both servers,
 * and the schema, are right.
 */
export async function examineHealth(config: Config): Promise<Finding[]> {
  const stores = await reachStores('doctor', config);
  try {
    const { reasons } = judgeHealth(await readHealthFacts(stores));
    if (reasons.length === 0) return [{ check: 'Attention', state: 'ok', found: 'nothing needs a person' }];
    return reasons.map(({ level, text, todo }) => {
      const check = level === 'stuck' ? 'Stuck' : 'Attention';
      return { check, state: 'warning', found: text, fix: todo };
    });
  } finally {
    await closeStores(stores);
  }
}
