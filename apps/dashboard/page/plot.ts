import uPlot from 'uplot';
import { el } from './dom.ts';
import { between, NOTHING, tick } from './format.ts';
import { Legend } from './plot-legend.ts';
import { paintMarks } from './plot-marks.ts';
import { plotTable } from './plot-table.ts';
import { drawSpan, spanByKey, ZoomEvent } from './plot-zoom.ts';
import { type Line, marksOf, type PlotData } from './plots.ts';
import { onThemeChange } from './theme.ts';

const DASHES = { '': [], dashed: [6, 4], dotted: [2, 3] } as const;

/** A plot over time: axes with units, gaps where there is no data, the values under the pointer, and all values as a table. */
export class PlotElement extends HTMLElement {
  #data: PlotData | undefined;
  #plot: uPlot | undefined;
  #gone = new AbortController();
  readonly #area = el('div', {
    class: 'plot-area',
    attributes: { role: 'img', tabindex: 0, 'aria-keyshortcuts': '+ - ArrowLeft ArrowRight Escape' },
  });
  readonly #legend = new Legend();
  readonly #summary = el('summary', {}, 'As a table');
  readonly #table = el('details', {}, this.#summary);

  get data(): PlotData | undefined {
    return this.#data;
  }

  set data(data: PlotData | undefined) {
    this.#data = data;
    if (this.isConnected) this.#show();
  }

  connectedCallback(): void {
    this.#gone = new AbortController();
    this.replaceChildren(this.#area, this.#legend.element, this.#table);
    this.#table.ontoggle = () => this.#fillTable();
    this.#area.onkeydown = (event) => this.#zoomByKey(event);
    const sizes = new ResizeObserver(() => this.#resize());
    sizes.observe(this.#area);
    this.#gone.signal.addEventListener('abort', () => sizes.disconnect());
    onThemeChange(() => this.#plot?.redraw(), this.#gone.signal);
    this.#show();
  }

  disconnectedCallback(): void {
    this.#gone.abort();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #show(): void {
    const data = this.#data;
    if (data === undefined) return;
    this.#area.classList.toggle('main', data.main === true);
    this.#area.setAttribute('aria-label', inWords(data));
    this.#summary.setAttribute('aria-label', `${data.title} as a table`);
    this.#legend.show(data);
    const columns: uPlot.AlignedData = [
      data.series.time,
      ...data.lines.map(({ column }) => data.series[column]),
    ];
    if (this.#plot === undefined) {
      this.#plot = new uPlot(this.#options(data), columns, this.#area);
      drawSpan(this.#plot, (span) => this.dispatchEvent(new ZoomEvent(span)));
    } else this.#plot.setData(columns);
    this.#fillTable();
  }

  #fillTable(): void {
    this.#table.querySelector('.scroll')?.remove();
    if (this.#table.open && this.#data) this.#table.append(plotTable(this.#data));
  }

  #zoomByKey(event: KeyboardEvent): void {
    const { from, to } = this.#data?.series ?? {};
    if (from === undefined || to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const span = spanByKey(event.key, { from: Date.parse(from), to: Date.parse(to) });
    if (span === undefined) return;
    event.preventDefault();
    this.dispatchEvent(new ZoomEvent(span));
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#area;
    if (width > 0) this.#plot?.setSize({ width, height });
  }

  /** Colours are read each time the plot is painted, so that they follow the theme. */
  #colour(name: string): string {
    return getComputedStyle(this.#legend.probe(name)).color;
  }

  #options({ lines, steps }: PlotData): uPlot.Options {
    const scale = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 14;
    const font = `${Math.round(12 * scale)}px ${getComputedStyle(this).fontFamily}`;
    const [grid, text] = [() => this.#colour('plot-grid'), () => this.#colour('plot-axis')];
    const shared = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    const { clientWidth: width, clientHeight: height } = this.#area;
    return {
      ...{ width: Math.max(width, 100), height },
      padding: [8 * scale, 20 * scale, 0, 0],
      legend: { show: false },
      scales: {
        x: {
          range: () => [
            Date.parse(this.#data?.series.from ?? '') / 1000,
            Date.parse(this.#data?.series.to ?? '') / 1000,
          ],
        },
        y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
      },
      axes: [
        {
          ...shared,
          grid: { show: false },
          space: 72 * scale,
          size: 28 * scale,
          values: (_, at, __, ___, step) => at.map((one) => tick(one, step)),
        },
        {
          ...shared,
          space: 40 * scale,
          ...(steps ? { incrs: [...steps] } : {}),
          size: (_, values) =>
            14 * scale + Math.max(...(values ?? ['']).map((value) => value.length)) * 7 * scale,
          values: (_, at) => at.map((one) => this.#data?.axis(one) ?? ''),
        },
      ],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 * scale }, sync: { key: 'time' } },
      series: [{}, ...lines.map((line) => this.#series(line))],
      hooks: {
        draw: [(plot) => paintMarks(plot, this.#data ? marksOf(this.#data) : [], this.#colour('plot-mark'))],
        setCursor: [(plot) => this.#data && this.#legend.point(this.#data, plot.cursor.idx ?? null, plot)],
      },
    };
  }

  #series({ class: name, shape, dash }: Line): uPlot.Series {
    const paths = {
      line: uPlot.paths.linear?.(),
      steps: uPlot.paths.stepped?.({ align: 1 }),
      bars: uPlot.paths.bars?.({ size: [0.7, 24] }),
    };
    const path = paths[shape];
    const stroke = () => this.#colour(name);
    return {
      stroke,
      ...(shape === 'bars' ? { fill: stroke } : {}),
      width: shape === 'bars' ? 0 : 2,
      dash: [...DASHES[dash]],
      spanGaps: false,
      ...(path === undefined ? {} : { paths: path }),
      points: {
        show: shape !== 'bars',
        size: 5,
        fill: stroke,
        filter: (plot, index) => lonely(plot.data[index] ?? []),
      },
    };
  }
}

/** The indexes of values with a gap on both sides, which no line would show. */
function lonely(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values).flatMap((value, i) =>
    value != null && values[i - 1] == null && values[i + 1] == null ? [i] : [],
  );
}

/** The plot in a sentence, for screen readers. */
function inWords({ title, lines, series, shown }: PlotData): string {
  const told = lines.map(({ column, label }) => {
    const values = series[column].filter((value) => value !== null);
    const last = values.at(-1) ?? null;
    return values.length === 0
      ? `${label}: no data`
      : `${label}: last ${shown(last)}, highest ${shown(Math.max(...values))}, lowest ${shown(Math.min(...values))}`;
  });
  return `${title}, ${between(series.from, series.to)}. ${told.join('; ') || NOTHING}. All values stand in the table below.`;
}

customElements.define('sluice-plot', PlotElement);

/** A plot for the page. It stays, and keeps its pointer, when the page is shown again. */
export function plot(data: PlotData): PlotElement {
  const element = document.createElement('sluice-plot') as PlotElement;
  element.data = data;
  return element;
}
