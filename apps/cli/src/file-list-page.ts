import type { ListedFile } from '@sluice/ledger';
import { widthOf } from '@sluice/process';
import { middle, printable, tableWithHead } from './printable.ts';
import type { Screen } from './screen.ts';

/** The files as a table, of which a terminal shows as much of each name as fits. */
export function fileListPage(files: readonly ListedFile[], more: boolean, screen: Screen): string {
  const { style, columns } = screen;
  if (files.length === 0) return style('bold', 'No file is found');
  const cells = files.map((file) => [
    `${file.fileNo}`,
    minuteOf(file.landedAt),
    file.state,
    file.inserted,
    file.rejects,
  ]);
  const titles = ['file', 'landed (UTC)', 'state', 'rows', 'rejects'];
  const room = process.stdout.isTTY
    ? Math.max(20, columns - 2 - Math.max(...tableWithHead(titles, cells).map(widthOf)))
    : Number.POSITIVE_INFINITY;
  const [head = '', ...lines] = tableWithHead(
    [...titles, 'name'],
    cells.map((row, i) => [...row, middle(printable(files[i]?.name ?? ''), room)]),
  );
  const next = `Older ones: --before ${files.at(-1)?.fileNo}. The story of one: npm run sluice -- files NAME`;
  return [style('bold', head), ...lines, ...(more ? ['', style('dim', next)] : [])].join('\n');
}

/** A time to the minute, in UTC. */
export function minuteOf(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}
