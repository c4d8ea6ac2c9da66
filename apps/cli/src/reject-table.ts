import { fitted, printable, type stylist, table } from './printable.ts';

type Style = ReturnType<typeof stylist>;

/** A record that is no row, as a table shows it. */
export interface ShownReject {
  /** Where it is, one cell or more: the line in its file. */
  readonly where: readonly (string | number)[];
  readonly column: string | null;
  readonly reason: string;
  readonly expected: string;
  readonly raw: string;
  /** One more cell, where there is something to say. */
  readonly note?: string;
}

/** From this width on a record fits beside what is said of it; from the second, what was expected too. */
const ONE_LINE = 120;
const ALL = 180;

/**
 * The rejects as lines of at most `columns` columns. Where that is narrow, each takes two: `below` says which of its texts is
 * then the second. Without `columns` nothing is cut: that is for other programs.
 */
export function rejectTable(
  rejects: readonly ShownReject[],
  titles: readonly string[],
  o: { readonly columns: number | undefined; readonly style: Style; readonly below: 'raw' | 'expected' },
): string[] {
  const columns = o.columns ?? Number.POSITIVE_INFINITY;
  const texts = columns >= ALL ? (['expected', 'raw'] as const) : ([o.below] as const);
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
  const [head = '', ...lines] = flushRight(
    [[...heads, ...beside.slice(0, -1).map((text) => words[text])], ...cells],
    titles.length,
  );
  const last = beside.at(-1);
  // Not trimmed: what follows must stand in one column.
  const width = Math.max(head.length, ...lines.map((line) => line.length));
  const shown = rejects.flatMap((reject, i) => {
    const line = lines[i] ?? '';
    if (last === undefined)
      return [line, `      ${o.style('dim', fitted(printable(reject[o.below]), columns - 7))}`];
    return [`${line.padEnd(width)}  ${fitted(printable(reject[last]), columns - width - 3)}`.trimEnd()];
  });
  const title = last === undefined ? head : `${head.padEnd(width)}  ${words[last]}`;
  return [o.style('bold', title), ...shown];
}

/** The first of the cells are numbers where their column has any: their titles stand flush right above them. */
function flushRight(rows: readonly (readonly (string | number)[])[], first: number): string[] {
  const [heads = [], ...others] = rows;
  const widths = heads.map((head, x) =>
    Math.max(String(head).length, ...others.map((row) => table([[row[x] ?? '']])[0]?.length ?? 0)),
  );
  const right = (x: number) => x < first && others.some((row) => typeof row[x] === 'number');
  const titles = heads.map((head, x) => (right(x) ? String(head).padStart(widths[x] ?? 0) : head));
  return table([titles, ...others]);
}
