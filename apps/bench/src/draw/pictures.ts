import { z } from 'zod';
import { type Bars, drawBars } from './bars.ts';

const figures = z.record(z.string(), z.number());
const throughput = z.object({
  ...{ what: z.string(), files: z.number(), records: z.number(), ratio: z.number() },
  ...{ recordsPerSecond: z.number(), copyRowsPerSecond: z.number() },
  ...{ cpu: figures, copyCpu: figures, memory: figures },
});
const spread = z.object({ median: z.number(), least: z.number(), most: z.number() });

/** What the pictures need of the JSON that "all" writes. What was not measured is not drawn. */
const measured = z.object({
  throughput: z.union([z.array(throughput), throughput.transform((one) => [one])]).optional(),
  'large-file': throughput.optional(),
  latency: z
    .object({
      steady: z.array(
        z.object({
          rate: z.number(),
          settings: z.record(z.string(), z.string()),
          p50: z.number(),
          p99: z.number(),
        }),
      ),
    })
    .optional(),
  'many-files': z
    .object({ ledger: z.array(z.object({ files: z.number(), cpu: z.record(z.string(), spread) })) })
    .optional(),
  rivals: z
    .array(
      z.object({
        what: z.string(),
        rows: z.number(),
        ways: z.array(z.object({ name: z.string(), recordsPerSecond: z.number(), right: z.number() })),
      }),
    )
    .optional(),
});

const PARTS = ['postgres', 'redis', 'workers', 'watcher'];

/** The pictures of a result, as SVG by the names of their files, and the table of its loads, as Markdown. */
export function picturesOf(result: unknown): { pictures: Record<string, string>; table: string } {
  const told = measured.parse(result);
  const loads = [...(told.throughput ?? []), ...(told['large-file'] ? [told['large-file']] : [])].map(
    (load) => ({
      ...load,
      label: `${load.files} x ${Math.round(load.records / load.files)}: ${load.what.split(',')[0]}${load.what.includes('duplicates') ? ', some bad' : ''}`,
    }),
  );
  const bars: Record<string, Bars> = {
    'speed.svg': {
      title: 'Speed, against one raw COPY of the same rows',
      unit: 'records/s by rows/s of COPY in the same round; 1 is as fast as COPY',
      parts: [],
      bars: loads.map(({ label, ratio }) => ({ label, values: [ratio], note: ratio.toFixed(2) })),
    },
    'cpu.svg': {
      title: 'Where the CPU goes',
      unit: 'CPU in us a record; behind the bar the sum, and that of raw COPY',
      parts: PARTS,
      bars: loads.map(({ label, cpu, copyCpu }) => ({
        label,
        values: PARTS.map((part) => cpu[part] ?? 0),
        note: `${(cpu.all ?? 0).toFixed(0)} (COPY ${(copyCpu.all ?? 0).toFixed(0)})`,
      })),
    },
    'latency.svg': {
      title: 'From landed to committed, 99 of 100 files',
      unit: 'seconds',
      parts: [],
      bars: (told.latency?.steady ?? []).map(({ rate, settings, p50, p99 }) => ({
        label: `${rate} rows/s, ${Object.keys(settings).length > 0 ? 'short waits' : 'default settings'}`,
        values: [p99],
        note: `${p99.toFixed(2)} (half: ${p50.toFixed(2)})`,
      })),
    },
    'many-files.svg': {
      title: 'One more file of one row, with many files in the ledger',
      unit: 'CPU in us; behind the bar the least and the most of the rounds',
      parts: PARTS,
      bars: (told['many-files']?.ledger ?? []).map(({ files, cpu }) => ({
        label: `${files} files in the ledger`,
        values: PARTS.map((part) => cpu[part]?.median ?? 0),
        note: `${(cpu.all?.least ?? 0).toFixed(0)} to ${(cpu.all?.most ?? 0).toFixed(0)}`,
      })),
    },
    'rivals.svg': {
      title: 'What else could load the same files',
      unit: 'records/s; behind the bar the share of the rows that are right',
      parts: [],
      bars: (told.rivals ?? []).flatMap(({ what, rows, ways }) =>
        ways.map(({ name, recordsPerSecond, right }) => ({
          label: `${name === 'pipeline' ? 'Sluice' : name}${what.includes('rejects') ? ', 1 % bad' : ''}`,
          values: [recordsPerSecond],
          note: `${Math.round(recordsPerSecond)} (${Math.floor((100 * right) / rows)} %)`,
        })),
      ),
    },
  };
  const drawn = Object.entries(bars).filter(([, picture]) => picture.bars.length > 0);
  const table = [
    '| load | records/s | raw COPY, rows/s | ratio | CPU, us a record | of COPY | watcher, worker: peak MiB |',
    '|---|---|---|---|---|---|---|',
    ...loads.map((load) => {
      const rates = [load.recordsPerSecond, load.copyRowsPerSecond].map((rate) =>
        Math.round(rate).toLocaleString('en'),
      );
      const cpu = [load.cpu.all, load.copyCpu.all].map((us = 0) => us.toFixed(0));
      const peaks = [load.memory.watcher, load.memory.workers].map((mib = 0) => mib.toFixed(0));
      return `| ${[load.label, ...rates, load.ratio.toFixed(2), ...cpu, peaks.join(', ')].join(' | ')} |`;
    }),
  ].join('\n');
  return { pictures: Object.fromEntries(drawn.map(([name, picture]) => [name, drawBars(picture)])), table };
}
