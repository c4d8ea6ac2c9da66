import { aligned } from '../figures.ts';
import type { ManyFiles, Spread } from '../many-files.ts';

/** What many files cost, for people. */
export function manyFilesPage({ workers, more, ledger, lying }: ManyFiles): string {
  const parts = Object.keys(ledger[0]?.cpu ?? {});
  const inLedger = ledger.map(({ files, cpu }) => [
    String(files),
    ...parts.map((part) => spreadText(cpu[part], 0)),
  ]);
  const inFolder = lying.map((each) => [
    String(each.files),
    ...[spreadText(each.complete, 1), spreadText(each.cpuPerFile, 0), spreadText(each.start, 2)],
    ...[spreadText(each.startCpu, 2), spreadText(each.oneMore, 2), spreadText(each.oneMoreCpu, 2)],
    ...[spreadText(each.watcher, 0), spreadText(each.worker, 0)],
  ]);
  const folderHeading = ['files', 'complete, s', 'CPU us a file', 'start, s', 'of the watcher, CPU s'];
  return `
CPU in us of one more file of one row, with so many files in the ledger: the median of the rounds, and from the least to the most.

${aligned([['files in the ledger', ...parts], ...inLedger])}

Files of one row, dropped at once. Then a new fleet starts while they lie in the folder, and loads a file that lands just then; then
one more file lands, for which the folder is scanned. Memory is the most of one process, in MiB.

${aligned([[...folderHeading, 'one more, s', 'CPU s', 'watcher MiB', 'worker MiB'], ...inFolder])}

One watcher, ${workers} workers, STABLE_FOR=0ms FLUSH_INTERVAL=250ms. With a full ledger, each round loads ${more} files. Every row was checked
afterwards, and verify is clean.
`;
}

function spreadText(spread: Spread | undefined, decimals: number): string {
  if (spread === undefined) return '';
  const [middle, least, most] = [spread.median, spread.least, spread.most].map((value) =>
    value.toFixed(decimals),
  );
  return `${middle} (${least}-${most})`;
}
