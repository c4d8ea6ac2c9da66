import { closeStores, Heartbeat, openStores, tellOfTables } from '@sluice/pipeline';
import { messageOf, runApp } from '@sluice/process';
import { Program } from '@sluice/process/program';
import { DashboardRefused } from './access/access.ts';
import { listen } from './listen.ts';
import { type OpenDashboard, openDashboard } from './server.ts';

const program = new Program('dashboard')
  .description('The live page, Bull Board, the API, metrics and health, on one port.')
  .option('--host <address>', 'address to listen on (DASHBOARD_HOST)')
  .option('--port <port>', 'port to listen on (DASHBOARD_PORT)')
  .addHelpText('after', '\nExample:\n  npm run dashboard -- --port 8080')
  .parse();

const { host, port } = program.opts<{ host?: string; port?: string }>();

await runApp('dashboard', { dashboardHost: host, dashboardPort: port }, async ({ config, log, stopping }) => {
  const stores = openStores('dashboard', config, log, 'fail');
  let dashboard: OpenDashboard;
  try {
    dashboard = await openDashboard(stores);
    await listen(dashboard.app, dashboard.access, config, log);
  } catch (error) {
    if (!(error instanceof DashboardRefused)) throw error;
    // As with a wrong setting, another try would not help. The exit code tells the supervisor so.
    log.fatal({ hint: error.hint }, `dashboard ends: ${error.message}`);
    process.exitCode = 2;
    return;
  }
  const load = { concurrency: 0, busy: () => 0 };
  const tables = tellOfTables(stores).catch((error: unknown) => {
    log.debug({ reason: messageOf(error) }, 'cannot look at the tables now');
  });
  await Promise.all([
    tables,
    dashboard.watch(stopping),
    new Heartbeat('dashboard', load, stores).run(stopping),
  ]);
  await dashboard.app.close();
  await closeStores(stores);
});
