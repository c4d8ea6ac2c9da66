import { createLogger } from '@sluice/process';
import { openStores } from '../stores.ts';
import type { AloneAnswer, AloneOrder } from './parse-alone.ts';
import { parseFile } from './parse-file.ts';

process.once('message', async ({ config, file, queuedAt }: AloneOrder) => {
  const stores = openStores(
    'worker',
    { ...config, variable: (name) => process.env[name] },
    createLogger('worker', config.logLevel, 1, config.logDir),
    'wait',
  );
  process.send?.(await answer(), () => process.exit(0));

  async function answer(): Promise<AloneAnswer> {
    try {
      return { parsed: await parseFile(file, queuedAt, stores, new AbortController().signal) };
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) };
    }
  }
});
// The worker is gone, so nothing waits for the answer.
process.once('disconnect', () => process.exit(0));
