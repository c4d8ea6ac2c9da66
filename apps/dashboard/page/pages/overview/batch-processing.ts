import type { Overview, Series } from '../../answers.ts';
import type { App } from '../../app.ts';
import { type Child, el, to } from '../../dom.ts';
import { between, count, counted, duration, percent, rate } from '../../format.ts';
import { foldButton, foldState } from '../../parts/fold.ts';
import { card, section } from '../../parts/section.ts';
import { tiles } from '../../parts/tile.ts';
import { timeChoice } from '../../parts/time-choice.ts';
import { waterfall } from '../../parts/waterfall.ts';
import { plot } from '../../plot.ts';
import { badRecords, batches, latencies, type PlotData, rates, settled } from '../../plots.ts';

/** What was committed in the chosen range, as numbers and over time. */
export function batchProcessing(app: App, series: Series | null): HTMLElement | null {
  const { overview } = app;
  const { inRange } = overview;
  if (inRange === null || overview.totals === null) return null;
  const { from, to: end } = inRange;
  return section(
    'Batch processing',
    {
      open: true,
      note: between(from, end),
      tools: timeChoice(app, { from: Date.parse(from), to: Date.parse(end) }),
    },
    numbers(app, inRange),
    plots(app, series),
  );
}

function numbers({ overview }: App, inRange: NonNullable<Overview['inRange']>): Child {
  const { now, failed } = overview;
  const { latency } = inRange;
  const failedRecords = failed === null ? null : failed.records;
  return tiles('Batch processing in the range', 6, [
    {
      id: 'inserted',
      name: 'Records inserted',
      figure: count(inRange.inserted),
      note:
        inRange.records === 0
          ? 'no record was committed'
          : `${percent(inRange.inserted / inRange.records)} of ${count(inRange.records)} records`,
      href: to(['files'], { state: 'closed' }),
    },
    {
      id: 'batches',
      name: 'Batches',
      figure: count(inRange.batches),
      note: counted(inRange.files, 'complete file'),
      href: '#/batches',
    },
    {
      id: 'failed-records',
      name: 'Failed records',
      figure: count(failedRecords),
      note:
        failed === null
          ? 'Redis is away'
          : failed.batches === 0
            ? 'no batch has failed'
            : `wait in ${counted(failed.batches, 'failed batch', 'failed batches')}`,
      href: '#/failures',
      bad: (failedRecords ?? 0) > 0,
    },
    {
      id: 'latency',
      name: 'Latency, p50',
      figure: duration(latency.p50),
      note: [
        el('span', {}, `p95 ${duration(latency.p95)}`),
        ' \u00a0 ',
        el('span', {}, `p99 ${duration(latency.p99)}`),
      ],
      href: to(['files'], { state: 'closed' }),
    },
    {
      id: 'read-rate',
      name: 'Input rate',
      figure: rate(now?.readPerSecond ?? null),
      unit: '/ s',
      note: 'read, over the last minute',
      href: to(['files'], { state: 'open' }),
    },
    {
      id: 'insert-rate',
      name: 'Insert rate',
      figure: rate(now?.insertedPerSecond ?? null),
      unit: '/ s',
      note: 'over the last minute',
      href: to(['files'], { state: 'closed' }),
    },
  ]);
}

const MORE = 'the stages and more plots';

function plots({ overview }: App, asked: Series | null): Child {
  if (asked === null) return null;
  const series = settled(asked);
  const shown = (data: PlotData, width: string) =>
    card(data.title, { level: 3, class: `${width} plot-card`, aside: data.unit }, plot(data));
  return el(
    'div',
    { class: 'grid' },
    shown(rates(series), 'w7 x5 y3'),
    el(
      'div',
      { class: 'more', attributes: { 'data-fold': foldState(MORE) } },
      foldButton(MORE),
      overview.waterfall === null
        ? card(
            'Where the time goes',
            { level: 3, class: 'w5 x4 y3' },
            el('p', { class: 'small' }, 'No chunk was committed in this range.'),
          )
        : waterfall(overview.waterfall),
      shown(latencies(series), 'w4 x3 y2'),
      shown(batches(series), 'w4 x6 y2'),
      shown(badRecords(series), 'w4 x6 y2'),
    ),
  );
}
