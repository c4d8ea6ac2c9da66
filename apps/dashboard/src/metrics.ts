import { LatencyTotals } from '@sluice/ledger';
import { metricsText, newMetrics, processMetrics } from '@sluice/process/metrics';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import type { Dashboard } from './dashboard.ts';
import { fleetFigures } from './figures/fleet.ts';
import { ledgerFigures } from './figures/ledger.ts';
import { queueFigures } from './figures/queues.ts';

/**
 * `/metrics`: the figures of the whole pipeline, and of this process. Totals are the ledger's, so no restart sets
 * them back. What a server that is away would have to tell is left out, and sluice_server_up is 0. OpenMetrics, unless
 * who asks takes the older text alone.
 */
export function addMetrics(app: FastifyInstance, dashboard: Dashboard): void {
  const own = processMetrics('dashboard');
  const latencies = new LatencyTotals(dashboard.stores.sql);
  app.get('/metrics', async (request, reply) => {
    const all = newMetrics();
    await Promise.all([
      ledgerFigures(all, latencies, dashboard),
      queueFigures(all, dashboard),
      fleetFigures(all, dashboard),
    ]);
    const text = await metricsText([own, all]);
    const older = takesOlderAlone(request.headers.accept ?? '*/*');
    return await reply
      .headers({ 'cache-control': 'no-store', vary: 'accept' })
      .type(older ? Registry.PROMETHEUS_CONTENT_TYPE : all.contentType)
      .send(older ? olderText(text) : text);
  });
}

function takesOlderAlone(accept: string): boolean {
  const types = accept.split(',').map((type) => type.split(';')[0]?.trim().toLowerCase());
  return types.includes('text/plain') && !types.includes('application/openmetrics-text');
}

/** There the name of a counter has its "_total" in the lines about it too, and nothing marks the end. */
function olderText(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name));
  return text
    .replace(/# EOF\n$/, '')
    .replaceAll(/^# (HELP|TYPE) (\S+) /gm, (line, about: string, name: string) =>
      counters.has(name) ? `# ${about} ${name}_total ` : line,
    );
}
