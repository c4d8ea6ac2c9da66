import type { Reject } from '../answers.ts';
import { type Child, el, to } from '../dom.ts';
import { visible, words } from '../format.ts';
import { HIDDEN, hidden } from './hidden.ts';
import { keyLink } from './key.ts';
import { table } from './table.ts';

/** A text from a file, exactly as it is there. */
export function raw(text: string): HTMLElement {
  return el('code', { class: 'raw' }, visible(text));
}

/** A name from a file or a folder, inside our own text. */
export function name(text: string): HTMLElement {
  return el('bdi', { class: 'text' }, visible(text));
}

/** A link to a file version. */
export function fileLink(fileNo: number, file: string): HTMLElement {
  return el('a', { href: to(['files', fileNo]) }, name(file));
}

/** The line of a record, or its first and last line. */
export function lines({
  line,
  lastLine,
}: {
  readonly line: number;
  readonly lastLine: number | null;
}): string {
  return lastLine === null || lastLine === line ? String(line) : `${line}\u2013${lastLine}`;
}

function correctLink({ fileNo, file, line }: Reject): HTMLElement {
  const label = `Correct line ${line} of ${file}`;
  return el('a', { class: 'button', href: to(['rejects', fileNo, line]), label }, 'Correct');
}

/** Records that could not become rows. A file's own page leaves out the column `file`. */
export function rejectTable(
  rejects: readonly Reject[],
  caption: string,
  shown: { readonly file: boolean; readonly feed: boolean; readonly correct: boolean },
): Child {
  const withheld = rejects.some((reject) => reject.raw === null);
  const note = withheld ? el('p', { class: 'small' }, HIDDEN) : null;
  const listed = table({
    caption,
    columns: [
      ...(shown.file ? [{ name: 'file', class: 'file' }] : []),
      ...(shown.feed ? [{ name: 'feed', class: 'nowrap' }] : []),
      { name: 'line', number: true },
      { name: 'column', class: 'nowrap' },
      { name: 'reason' },
      { name: 'record as in the file', class: 'record' },
      ...(shown.correct ? [{ name: 'correct', act: true }] : []),
    ],
    rows: rejects.map((reject) => ({
      key: `${reject.fileNo}-${reject.line}`,
      cells: [
        ...(shown.file ? [fileLink(reject.fileNo, reject.file)] : []),
        ...(shown.feed ? [reject.feed] : []),
        lines(reject),
        reject.column === null ? '' : el('code', {}, reject.column),
        [
          words(reject.reason),
          el('small', {}, `expected: ${reject.expected}`),
          reject.resubmittedKey === null
            ? null
            : el('small', {}, 'resubmitted as ', keyLink(reject.feed, reject.resubmittedKey)),
        ],
        reject.raw === null ? hidden() : raw(reject.raw),
        ...(shown.correct ? [reject.resubmittedAt === null ? correctLink(reject) : ''] : []),
      ],
    })),
  });
  return [note, listed];
}
