import type { Misfit } from '@sluice/ledger';
import { printable, wrapped } from './printable.ts';
import type { Screen } from './screen.ts';

/** Why a feed and its table do not fit, or what to know about them, with what to do. The refused ones come first. */
export function misfitLines(
  misfits: readonly Misfit[],
  { style, columns }: Pick<Screen, 'style' | 'columns'>,
): string {
  const room = process.stdout.isTTY ? columns - 5 : Number.POSITIVE_INFINITY;
  return misfits
    .toSorted((a, b) => a.severity.localeCompare(b.severity))
    .flatMap(({ severity, text, hint }) => {
      const color = severity === 'refused' ? 'red' : 'yellow';
      const [first = '', ...more] = wrapped(printable(text), room);
      return [
        `  ${style(color, severity === 'refused' ? '-' : '!')} ${first}`,
        ...more.map((line) => `    ${line}`),
        ...wrapped(printable(hint), room).map((line) => `    ${style('dim', line)}`),
      ];
    })
    .join('\n');
}
