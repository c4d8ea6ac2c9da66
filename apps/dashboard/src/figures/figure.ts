import type { Metrics } from '@sluice/process';
import { Counter, Gauge } from 'prom-client';

/** The values of one figure, each with its labels. */
type Values = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

/** Adds figures to a registry that is made for one scrape. */
export class Figures {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Adds a figure that goes up and down. */
  gauge(name: string, help: string, values: number | Values): void {
    const shown = typeof values === 'number' ? [[{}, values] as const] : values;
    if (shown.length === 0) return;
    const labelNames = Object.keys(shown[0]?.[0] ?? {});
    const gauge = new Gauge({ name, help, labelNames, registers: [this.#metrics] });
    for (const [labels, value] of shown) gauge.set(labels, value);
  }

  /** Adds a figure that only grows. Its name ends with `_total`. */
  counter(name: `${string}_total`, help: string, values: number | Values): void {
    const shown = typeof values === 'number' ? [[{}, values] as const] : values;
    if (shown.length === 0) return;
    const labelNames = Object.keys(shown[0]?.[0] ?? {});
    const counter = new Counter({ name, help, labelNames, registers: [this.#metrics] });
    for (const [labels, value] of shown) counter.inc(labels, value);
  }
}
