import type { Overview } from '../answers.ts';
import { type Child, el } from '../dom.ts';
import { count, duration, percent } from '../format.ts';
import { card } from './section.ts';
import { table } from './table.ts';

/** Where the time goes from landed to committed: each stage begins where the one before it ends. */
export function waterfall(found: NonNullable<Overview['waterfall']>): Child {
  let begin = 0;
  const rows = found.stages.map(({ name, about, median, p95, share }) => {
    const style = { left: `${(begin * 100).toFixed(2)}%`, width: `${(share * 100).toFixed(2)}%` };
    begin = Math.min(0.995, begin + share);
    return {
      key: name,
      class: name === found.dominant ? 'dominant' : '',
      cells: [
        name,
        [
          el(
            'div',
            { class: 'waterfall', attributes: { 'aria-hidden': 'true' } },
            el('i', { class: name === found.dominant ? 'longest' : '', style }),
          ),
          el('small', {}, about),
        ],
        duration(median),
        duration(p95),
        percent(share),
      ],
    };
  });
  return card(
    'Where the time goes',
    { level: 3, class: 'w5 x4', aside: `${found.sampled ? 'sample of ' : ''}${count(found.chunks)} chunks` },
    found.dominant === null
      ? null
      : el(
          'p',
          { class: 'small dominant-words' },
          'Most of it: ',
          el('b', { attributes: { 'data-figure': 'dominant-stage' } }, found.dominant),
          '.',
        ),
    table({
      caption: 'Time spent in each stage from landed to committed',
      columns: [
        { name: 'stage', class: 'stage' },
        { name: 'share of the whole', class: 'wide-cell' },
        { name: 'median', number: true },
        { name: 'p95', number: true, class: 'extra' },
        { name: 'share', number: true },
      ],
      rows,
      stack: false,
    }),
  );
}
