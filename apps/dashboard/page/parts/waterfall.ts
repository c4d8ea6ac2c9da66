import type { Overview } from '../answers.ts';
import { type Child, el } from '../dom.ts';
import { count, duration, percent } from '../format.ts';
import { card } from './section.ts';
import { table } from './table.ts';

/** What happens in each stage, and the setting that controls it. */
const WORDS: Readonly<Record<string, string>> = {
  landed: 'until unchanged for STABLE_FOR',
  stable: 'until found and registered',
  queued: 'waits for a worker',
  reading: 'until a worker has read this far',
  parsed: 'until there is room in staging',
  'waiting for flush': 'at most FLUSH_INTERVAL',
  committed: 'the insert and its retries',
};

/** What a chunk does in each stage. */
const DOES: Readonly<Record<string, string>> = {
  landed: 'Waiting until stable',
  stable: 'Being found and registered',
  queued: 'Waiting for a worker',
  reading: 'Being read',
  parsed: 'Waiting for room in staging',
  'waiting for flush': 'Waiting for a flush',
  committed: 'Being inserted',
};

/** Where the time from landed to committed is spent, by the medians. Each stage begins where the previous one ends. */
export function waterfall(found: NonNullable<Overview['waterfall']>): Child {
  let begin = 0;
  const rows = found.stages.map(({ name, about, median, p95, share }) => {
    const style = { left: `${(begin * 100).toFixed(2)}%`, width: `${(share * 100).toFixed(2)}%` };
    begin = Math.min(0.995, begin + share);
    return {
      key: name,
      class: name === found.dominant ? 'dominant' : '',
      cells: [
        [name, el('small', { attributes: { title: about } }, WORDS[name] ?? about)],
        el(
          'div',
          { class: 'waterfall', attributes: { 'aria-hidden': 'true' } },
          el('i', { class: name === found.dominant ? 'longest' : '', style }),
        ),
        duration(median),
        duration(p95),
        percent(share),
      ],
    };
  });
  const dominant = found.stages.find(({ name }) => name === found.dominant);
  const slow = found.stages.find(({ name }) => name === found.dominantOfAll);
  return card(
    'Where the time goes',
    {
      level: 3,
      class: 'w5 x4 y3',
      aside: `medians of ${found.sampled ? 'a sample of ' : ''}${count(found.chunks)} chunks`,
    },
    dominant === undefined
      ? null
      : el(
          'p',
          { class: 'lead dominant-words' },
          el(
            'span',
            { attributes: { 'data-figure': 'dominant-stage' } },
            DOES[dominant.name] ?? dominant.name,
          ),
          ` takes ${percent(dominant.share)}`,
        ),
    slow === undefined || slow === dominant
      ? null
      : el(
          'p',
          { class: 'small' },
          `Of all chunks together, “${slow.name}” took ${percent(slow.shareOfAll)}, because a few took far longer.`,
        ),
    table({
      caption: 'Time spent in each stage from landed to committed',
      columns: [
        { name: 'stage', class: 'stage' },
        { name: 'timeline', class: 'wide-cell' },
        { name: 'median', number: true },
        { name: 'p95', number: true, class: 'extra' },
        { name: 'share', number: true },
      ],
      rows,
      stack: false,
    }),
  );
}
