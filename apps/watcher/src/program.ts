import { opensMetrics } from '@sluice/access';
import { checkStart, closeStores, openStores, readiness, watch } from '@sluice/pipeline';
import { runApp, serveMetrics } from '@sluice/process';
import { Program } from '@sluice/process/program';

const program = new Program('watcher')
  .description('Finds new files in the source folder of each feed and queues one job for each.')
  .option('--source <folder>', 'the source folder of the feed of events (SOURCE_DIR)')
  .addHelpText('after', '\nExample:\n  npm run watcher -- --source /srv/events')
  .parse();

const { source } = program.opts<{ source?: string }>();

await runApp(
  'watcher',
  { sourceDir: source },
  async ({ config, log, stopping }) => {
    const stores = openStores('watcher', config, log, 'fail');
    await serveMetrics({
      role: 'watcher',
      stages: ['scan'],
      config,
      log,
      ready: () => readiness(stores),
      isKnown: (authorization) => opensMetrics(config, authorization),
    });
    await checkStart(stores, stopping, { watches: true });
    const end = await watch(stores, stopping);
    await closeStores(stores);
    if (end === 'hanging') {
      log.warn(
        'a source folder still does not answer: this process ends itself by SIGKILL, because it cannot end otherwise',
      );
      process.kill(process.pid, 'SIGKILL');
    }
  },
  { traced: true },
);
