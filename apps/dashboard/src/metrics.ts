import { LatencyTotals } from '@sluice/ledger';
import { metricsAnswer, newMetrics, processMetrics } from '@sluice/process/metrics';
import type { FastifyInstance } from 'fastify';
import type { Dashboard } from './dashboard.ts';
import { fleetFigures } from './figures/fleet.ts';
import { ledgerFigures } from './figures/ledger.ts';
import { queueFigures } from './figures/queues.ts';

/**
 * Adds `/metrics`: the figures of the whole pipeline and of this process. Totals come from the ledger, so a restart does not
 * reset them. The figures of a server that is away are left out, and its sluice_server_up is 0.
 */
export function addMetrics(app: FastifyInstance, dashboard: Dashboard): void {
  const own = processMetrics('dashboard');
  const latencies = new LatencyTotals(dashboard.stores.sql);
  app.get('/metrics', { config: { query: [] } }, async (request, reply) => {
    const all = newMetrics();
    await Promise.all([
      ledgerFigures(all, latencies, dashboard),
      queueFigures(all, dashboard),
      fleetFigures(all, dashboard),
    ]);
    const { type, text } = await metricsAnswer([own, all], request.headers.accept);
    return await reply.headers({ 'cache-control': 'no-store', vary: 'accept' }).type(type).send(text);
  });
}
