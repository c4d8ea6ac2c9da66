import { fittedAround, printable, type stylist, table, tableWithHead, wrapped } from './printable.ts';

type Style = ReturnType<typeof stylist>;

/** A rejected record as a table shows it. */
export interface ShownReject {
  /** Where the record is, in one or more cells, such as the line in its file. */
  readonly where: readonly (string | number)[];
  readonly column: string | null;
  readonly reason: string;
  readonly expected: string;
  readonly raw: string;
  /** The value in the column, if it is known. */
  readonly value?: string;
  /** An extra cell, if there is something to say. */
  readonly note?: string;
}

/** The line of a record, or its first and last line. */
export function lineCell({ line, lastLine }: { readonly line: number; readonly lastLine: number | null }) {
  return lastLine === null || lastLine === line ? line : `${line}-${lastLine}`;
}

/** From ONE_LINE columns on, each reject fits on one line. From ALL columns on, the line has room for what was expected too. */
const ONE_LINE = 120;
const ALL = 180;
/** The most columns for a record or for what was expected. */
const LONGEST = 300;

/**
 * The rejects as lines of at most `columns` columns. If that is narrow, each reject takes two lines, and `below` says which
 * text goes on the second one. Without `columns`, lines are as long as they need to be, which is meant for other programs.
 */
export function rejectTable(
  rejects: readonly ShownReject[],
  titles: readonly string[],
  o: { readonly columns: number | undefined; readonly style: Style; readonly below: 'raw' | 'expected' },
): string[] {
  const columns = o.columns ?? Number.POSITIVE_INFINITY;
  const texts = o.below === 'raw' && columns >= ALL ? (['expected', 'raw'] as const) : ([o.below] as const);
  const beside = columns >= ONE_LINE ? texts : [];
  const noted = rejects.some(({ note }) => note !== undefined);
  const words = { raw: 'record', expected: 'expected' };
  const heads = [...titles, 'column', 'reason', ...(noted ? ['state'] : [])];
  const cells = rejects.map(({ where, column, reason, note, ...reject }) => [
    ...where.map((cell) => (typeof cell === 'string' ? printable(cell) : cell)),
    printable(column ?? ''),
    printable(reason),
    ...(noted ? [note ?? ''] : []),
    ...beside.slice(0, -1).map((text) => printable(reject[text])),
  ]);
  const [head = '', ...lines] = tableWithHead(
    [...heads, ...beside.slice(0, -1).map((text) => words[text])],
    cells,
  );
  const last = beside.at(-1);
  // The lines are not trimmed, so that the text after them starts in the same column.
  const width = Math.max(head.length, ...lines.map((line) => line.length));
  const fit = (reject: ShownReject, text: 'raw' | 'expected', room: number) =>
    fittedAround(printable(reject[text]), printable(reject.value ?? ''), Math.min(room, LONGEST));
  const shown = rejects.flatMap((reject, i) => {
    const line = lines[i] ?? '';
    if (last === undefined) return [line, `      ${o.style('dim', fit(reject, o.below, columns - 7))}`];
    return [`${line.padEnd(width)}  ${fit(reject, last, columns - width - 3)}`.trimEnd()];
  });
  const title = last === undefined ? head : `${head.padEnd(width)}  ${words[last]}`;
  return [o.style('bold', title), ...shown];
}

/** What was expected, by reason, with the count of each reason. Long texts wrap at `columns`. */
export function reasonTable(
  reasons: readonly (readonly [reason: string, count: number, expected: string])[],
  columns: number | undefined,
): string[] {
  const sorted = reasons.toSorted((a, b) => b[1] - a[1]);
  const heads = table(sorted.map(([reason, count]) => [reason, count]));
  return sorted.flatMap(([, , expected], i) => {
    const head = `  ${heads[i] ?? ''}  `;
    const room = (columns ?? Number.POSITIVE_INFINITY) - head.length - 1;
    const [first = '', ...more] = wrapped(printable(expected), room);
    return [`${head}${first}`, ...more.map((line) => `${' '.repeat(head.length)}${line}`)];
  });
}
