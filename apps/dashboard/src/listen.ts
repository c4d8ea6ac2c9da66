import { dashboardAddress, makeLink, noteAddress } from '@sluice/access';
import { type Config, codeOf, type Logger, messageOf } from '@sluice/process';
import type { FastifyInstance } from 'fastify';
import { type Access, DashboardRefused } from './access/access.ts';

/** Opens the port, and logs the dashboard's address and how to log in while it has no users. */
export async function listen(
  app: FastifyInstance,
  access: Access,
  config: Config,
  log: Logger,
): Promise<void> {
  const { dashboardHost: host, dashboardPort: port } = config;
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EADDRINUSE') {
      throw new DashboardRefused(
        `port ${port} of ${host} is taken`,
        'stop what listens there, or set DASHBOARD_PORT',
      );
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new DashboardRefused(
        `cannot listen on port ${port} of ${host} (${code})`,
        'set DASHBOARD_HOST and DASHBOARD_PORT to what this machine has',
      );
    }
    throw error;
  }
  log.info({ address: `http://${host.includes(':') ? `[${host}]` : host}:${port}` }, 'the dashboard listens');
  if (access.users.door.kind === 'link') tellWayIn(config, log);
}

/** A link is shown only on a terminal, because a log is kept and other people may read it. */
function tellWayIn(config: Config, log: Logger): void {
  try {
    noteAddress(config);
    if (process.stdout.isTTY === true) {
      const link = makeLink(config, dashboardAddress(config));
      process.stdout.write(`\nThe dashboard has no users yet. This link logs you in, once:\n\n  ${link}\n\n`);
      return;
    }
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'no link can be made');
  }
  log.info('the dashboard has no users yet: "npm run sluice -- dashboard-url" prints a link that logs in');
}
