import type uPlot from 'uplot';
import { el } from './dom.ts';
import { stepTime, timeOfDay } from './format.ts';
import { marksOf, type PlotData } from './plots.ts';

const NEAR_PX = 6;

/** The names of the series with their values under the pointer, or else their latest values. */
export class Legend {
  readonly element = el('ul', { class: 'legend' });
  readonly #probe = el('span', { attributes: { hidden: true } });
  #values: HTMLElement[] = [];
  #at = el('li', { class: 'at' });

  show(data: PlotData): void {
    this.#values = data.lines.map(() => el('b', {}));
    this.#at = el('li', { class: 'at' });
    const marks = new Set(marksOf(data).map(({ kind }) => kind));
    this.element.replaceChildren(
      ...data.lines.map(({ label, class: name, dash }, i) => {
        const swatch = el('span', { class: `swatch ${name} ${dash}`, attributes: { 'aria-hidden': 'true' } });
        return el('li', {}, swatch, label, this.#values[i] ?? null);
      }),
      ...(marks.has('flush') ? [el('li', {}, el('span', { class: 'swatch mark' }), 'flush')] : []),
      ...(marks.has('start') ? [el('li', {}, el('span', { class: 'swatch start' }), 'process began')] : []),
      this.#at,
      this.#probe,
    );
    this.point(data, null);
  }

  /** An element that has the colour of a class in the style sheet. */
  probe(name: string): HTMLElement {
    this.#probe.className = name;
    return this.#probe;
  }

  /** Shows the values at one index, or the latest values if it is null. */
  point(data: PlotData, index: number | null, plot?: uPlot): void {
    const { lines, series, shown } = data;
    for (const [i, { column }] of lines.entries()) {
      const values = series[column];
      const value = index === null ? values.findLast((one) => one !== null) : values[index];
      const place = this.#values[i];
      if (place !== undefined) place.textContent = shown(value ?? null);
    }
    if (index === null) {
      this.#at.textContent = 'latest';
      return;
    }
    const mark =
      plot &&
      marksOf(data).find(
        ({ time }) => Math.abs(plot.valToPos(time, 'x') - (plot.cursor.left ?? -99)) < NEAR_PX,
      );
    const at = stepTime(series.time[index] ?? 0, series.stepSeconds, series.from, series.to);
    this.#at.textContent =
      mark === undefined ? at : `${timeOfDay(new Date(mark.time * 1000).toISOString(), true)} ${mark.text}`;
  }
}
