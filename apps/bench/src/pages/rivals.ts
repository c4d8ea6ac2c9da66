import { aligned } from '../figures.ts';
import type { Rivals } from '../rivals.ts';

/** The comparison with other ways of loading, for people. */
export function rivalsPage({ what, files, records, rows, workers, ways, skipped }: Rivals): string {
  const heading = ['', 'records/s', 'Sluice by it', 'CPU, us a record', 'rows right', 'rows wrong'];
  const share = (right: number) => `${right} (${Math.floor((1000 * right) / rows) / 10} %)`;
  const placed = ways.map((way) => [
    way.name,
    ...[String(Math.round(way.recordsPerSecond)), way.pipelineBy.toFixed(2), (way.cpu.all ?? 0).toFixed(1)],
    ...[share(way.right), String(way.surplus)],
  ]);
  const missing = skipped.map(({ name }) => [name, 'SKIPPED', '', '', '', '']);
  const complaints = ways.flatMap(({ name, complaint }) =>
    complaint === null ? [] : [`${name} complained: ${complaint}`],
  );
  return `
${files} files, ${records} records, of which ${rows} must become rows: ${what}.

${aligned([heading, ...placed, ...missing])}

${ways.map((way) => `  ${way.name.padEnd(10)}${way.what}`).join('\n')}
${skipped.map(({ name, why }) => `  ${name.padEnd(10)}SKIPPED: ${why}`).join('\n')}
${complaints.join('\n')}
All ways load the same files into empty tables with the same columns, key and indexes, on one server, in turns; dlt makes a table of its
own. Sluice has one watcher and ${workers} workers. "Rows wrong" are those that must not be there, or differ.
`;
}
