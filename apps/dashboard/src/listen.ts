import type { Config, Logger } from '@sluice/runtime';
import type { FastifyInstance } from 'fastify';
import { DashboardRefused } from './access/access.ts';

/** Opens the port, and says where the dashboard is. */
export async function listen(
  app: FastifyInstance,
  { dashboardHost: host, dashboardPort: port }: Pick<Config, 'dashboardHost' | 'dashboardPort'>,
  log: Logger,
): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
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
}
