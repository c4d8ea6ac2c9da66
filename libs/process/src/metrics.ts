import { collectDefaultMetrics, Gauge, type OpenMetricsContentType, Registry } from 'prom-client';
import { version } from './version.ts';

/** A set of metrics in the OpenMetrics format. */
export type Metrics = Registry<OpenMetricsContentType>;

export function newMetrics(): Metrics {
  const metrics = new Registry<OpenMetricsContentType>();
  metrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return metrics;
}

/** Gauges of Node whose names end with "_total", which is for counters alone, and repeat others that say it by type. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** The metrics of this process itself: CPU, memory, event loop, garbage collection. */
export function processMetrics(role: string): Metrics {
  const metrics = newMetrics();
  collectDefaultMetrics({ register: metrics });
  for (const name of MISNAMED) metrics.removeSingleMetric(name);
  const info = new Gauge({
    name: 'sluice_build_info',
    help: 'Always 1: which program this is',
    labelNames: ['role', 'version'],
    registers: [metrics],
  });
  info.set({ role, version }, 1);
  return metrics;
}

/** Durations that are counted already, each bucket for itself. */
export interface CountedDurations {
  readonly labels: Readonly<Record<string, string>>;
  /** The last one is of those above all bounds. */
  readonly buckets: readonly number[];
  readonly seconds: number;
}

/** Adds a histogram of durations that are counted elsewhere. prom-client's own observes values one by one. */
export function addHistogram(
  metrics: Metrics,
  {
    name,
    help,
    bounds,
  }: { readonly name: string; readonly help: string; readonly bounds: readonly number[] },
  series: () => readonly CountedDurations[],
): void {
  const valuesOf = ({ labels, buckets, seconds }: CountedDurations) => {
    let below = 0;
    const values = buckets.map((count, i) => {
      below += count;
      const le = bounds[i] === undefined ? '+Inf' : String(bounds[i]);
      return { labels: { le, ...labels }, value: below, metricName: `${name}_bucket` };
    });
    const sum = { labels, value: seconds, metricName: `${name}_sum` };
    return [...values, sum, { labels, value: below, metricName: `${name}_count` }];
  };
  const told = async () => ({
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    values: series().flatMap(valuesOf),
  });
  metrics.registerMetric({ name, get: told } as never);
}

const END = /# EOF\n$/;

/**
 * Several sets of metrics as one text: OpenMetrics for clients that ask for it, as Prometheus does, and the older text for all
 * others, such as `curl` and promtool.
 */
export async function metricsAnswer(
  sets: readonly Metrics[],
  accept = '',
): Promise<{ readonly type: string; readonly text: string }> {
  const texts = await Promise.all(sets.map((metrics) => metrics.metrics()));
  const text = `${texts.map((one) => one.replace(END, '')).join('')}# EOF\n`;
  return /\bapplication\/openmetrics-text\b/i.test(accept)
    ? { type: Registry.OPENMETRICS_CONTENT_TYPE, text }
    : { type: Registry.PROMETHEUS_CONTENT_TYPE, text: olderText(text) };
}

/** In the older format the HELP and TYPE lines of a counter have "_total" in its name too, and there is no end mark. */
function olderText(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name));
  return text
    .replace(END, '')
    .replaceAll(/^# (HELP|TYPE) (\S+) /gm, (line, about: string, name: string) =>
      counters.has(name) ? `# ${about} ${name}_total ` : line,
    );
}
