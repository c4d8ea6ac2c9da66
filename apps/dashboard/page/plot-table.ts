import { el } from './dom.ts';
import { stepTime } from './format.ts';
import { table } from './parts/table.ts';
import type { PlotData } from './plots.ts';

/** The values of a plot as a table, latest first. */
export function plotTable({ title, unit, lines, series, shown }: PlotData): HTMLElement {
  const rows = series.time.map((at, i) => ({
    cells: [
      stepTime(at, series.stepSeconds, series.from, series.to),
      ...lines.map(({ column }) => shown(series[column][i] ?? null)),
    ],
  }));
  return el(
    'div',
    { class: 'scroll', label: `${title}, as a table`, attributes: { tabindex: 0, role: 'region' } },
    table({
      caption: `${title} (${unit})`,
      columns: [{ name: 'from' }, ...lines.map(({ label }) => ({ name: label, number: true }))],
      rows: rows.reverse(),
      stack: false,
    }),
  );
}
