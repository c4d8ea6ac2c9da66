import { LatencyTotals } from '@sluice/postgres';
import { metricsText, newMetrics, processMetrics } from '@sluice/runtime';
import type { FastifyInstance } from 'fastify';
import type { Dashboard } from './dashboard.ts';
import { fleetFigures } from './figures/fleet.ts';
import { ledgerFigures } from './figures/ledger.ts';
import { queueFigures } from './figures/queues.ts';

/**
 * `/metrics`: the figures of the whole pipeline, and of this process. Totals are the ledger's, so no restart sets
 * them back. What a server that is away would have to tell is left out, and sluice_server_up is 0.
 */
export function addMetrics(app: FastifyInstance, dashboard: Dashboard): void {
  const own = processMetrics('dashboard');
  const latencies = new LatencyTotals(dashboard.stores.sql);
  app.get('/metrics', async (_, reply) => {
    const all = newMetrics();
    await Promise.all([
      ledgerFigures(all, latencies, dashboard),
      queueFigures(all, dashboard),
      fleetFigures(all, dashboard),
    ]);
    return await reply
      .header('cache-control', 'no-store')
      .type(all.contentType)
      .send(await metricsText([own, all]));
  });
}
