import { opensMetrics } from '@sluice/access';
import { checkStart, closeStores, openStores, readiness, work } from '@sluice/pipeline';
import { runApp, serveMetrics } from '@sluice/process';
import { Program } from '@sluice/process/program';

const program = new Program('worker')
  .description('Parses, flushes and inserts. Run as many as you like; they share the work.')
  .option('--concurrency <jobs>', 'parses and inserts at once in this process (WORKER_CONCURRENCY)')
  .addHelpText('after', '\nExample:\n  npm run worker -- --concurrency 8')
  .parse();

const { concurrency } = program.opts<{ concurrency?: string }>();

await runApp(
  'worker',
  { workerConcurrency: concurrency },
  async ({ config, log, stopping }) => {
    const stores = openStores('worker', config, log, 'wait');
    await serveMetrics({
      role: 'worker',
      stages: ['parse', 'flush', 'insert'],
      config,
      log,
      ready: () => readiness(stores),
      isKnown: (authorization) => opensMetrics(config, authorization),
    });
    await checkStart(stores, stopping);
    await work(stores, stopping);
    await closeStores(stores);
  },
  { traced: true },
);
