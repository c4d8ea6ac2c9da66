import { LatencyTotals } from '@sluice/ledger';
import { metricsText, newMetrics, processMetrics } from '@sluice/process/metrics';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import type { Dashboard } from './dashboard.ts';
import { fleetFigures } from './figures/fleet.ts';
import { ledgerFigures } from './figures/ledger.ts';
import { queueFigures } from './figures/queues.ts';

/**
 * Adds `/metrics`: the figures of the whole pipeline and of this process. Totals come from the ledger, so a restart does not
 * reset them. The figures of a server that is away are left out, and its sluice_server_up is 0. The format is OpenMetrics,
 * unless the client accepts only the older text format.
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

/** In the older format the HELP and TYPE lines of a counter have "_total" in its name too, and there is no end mark. */
function olderText(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name));
  return text
    .replace(/# EOF\n$/, '')
    .replaceAll(/^# (HELP|TYPE) (\S+) /gm, (line, about: string, name: string) =>
      counters.has(name) ? `# ${about} ${name}_total ` : line,
    );
}
