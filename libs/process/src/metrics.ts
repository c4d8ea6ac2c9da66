import { collectDefaultMetrics, Gauge, type OpenMetricsContentType, Registry } from 'prom-client';
import { version } from './version.ts';

/** A set of metrics in the OpenMetrics format. */
export type Metrics = Registry<OpenMetricsContentType>;

export function newMetrics(): Metrics {
  const metrics = new Registry<OpenMetricsContentType>();
  metrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return metrics;
}

const END = /# EOF\n$/;

/** Several sets of metrics as one text. */
export async function metricsText(sets: readonly Metrics[]): Promise<string> {
  const texts = await Promise.all(sets.map((metrics) => metrics.metrics()));
  return `${texts.map((text) => text.replace(END, '')).join('')}# EOF\n`;
}

/** The metrics of this process itself: CPU, memory, event loop, garbage collection. */
export function processMetrics(role: string): Metrics {
  const metrics = newMetrics();
  collectDefaultMetrics({ register: metrics });
  const info = new Gauge({
    name: 'sluice_build_info',
    help: 'Always 1: which program this is',
    labelNames: ['role', 'version'],
    registers: [metrics],
  });
  info.set({ role, version }, 1);
  return metrics;
}
