import { strayQuotesInWords } from '@sluice/core';
import type { StrayQuoteFiles } from '@sluice/ledger';
import { counted, grouped, printable, type stylist, wrapped } from './printable.ts';

/** Lists the files in which a stray quote pulls other lines into a record: a title, and what to do about each. */
export function strayQuoteLines(
  { count, newest }: StrayQuoteFiles,
  columns: number | undefined,
  style: ReturnType<typeof stylist>,
): string[] {
  const room = (columns ?? Number.POSITIVE_INFINITY) - 5;
  const more = count - newest.length;
  return [
    style(['bold', 'yellow'], `Lines that a quote takes along, in ${counted(count, 'file')}`),
    ...newest.flatMap(({ fileNo, name, strayQuotes }) => [
      `  ${printable(name)}  ${style('dim', `file ${fileNo}`)}`,
      ...wrapped(`${strayQuotesInWords(strayQuotes)}, and land the file again`, room).map(
        (line) => `    ${line}`,
      ),
    ]),
    ...(more > 0 ? [`  ... and ${grouped(more)} more`] : []),
  ];
}
