import { stripVTControlCharacters, styleText } from 'node:util';
import { widthOf } from '@sluice/process';

type Format = Parameters<typeof styleText>[0];

/** Characters that a terminal acts on instead of showing them: controls, line separators, bidirectional overrides. */
const harmful = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** The text without characters that could move the cursor of a terminal or hide other text (I10). */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(harmful, escaped);
}

/** A value as JSON on one line, without characters that a terminal acts on. Parsing it gives the same value. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(harmful, escaped);
}

function escaped(found: string): string {
  return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The text as one word of a shell, so that a shown command can be copied. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`;
}

/**
 * As much of the text as fits into `columns`, with `…` where it is cut. It includes `part` if the text contains it.
 */
export function fittedAround(text: string, part: string, columns: number): string {
  const at = part === '' ? -1 : text.indexOf(part);
  const end = at + part.length;
  const behind = Math.min(text.length - end, 12);
  if (at <= 0 || end + behind < columns) return fitted(text, columns);
  const from = Math.min(at, Math.max(0, end + behind + 2 - columns));
  return from === 0 ? fitted(text, columns) : `…${fitted(text.slice(from), columns - 1)}`;
}

/** As much of the text as fits into `columns`. If it is cut, it ends in `…`. */
export function fitted(text: string, columns: number): string {
  let [width, end, room] = [0, 0, 0];
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) return `${text.slice(0, room)}…`;
    end += character.length;
    if (width < columns) room = end;
  }
  return text;
}

/** As much of the text as fits into `columns`. What is cut out of its middle is shown as `…`, so that its ending stays. */
export function middle(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  const half = Math.floor((columns - 1) / 2);
  const characters = [...text];
  let end = '';
  while (widthOf(`${characters.at(-1)}${end}`) <= half) end = `${characters.pop()}${end}`;
  return `${fitted(text, columns - half).replace(/…$/, '')}…${end}`;
}

/** Styles for one stream. The text stays plain if the stream is not a terminal or `NO_COLOR` is set. */
export function stylist(stream: NodeJS.WriteStream): (format: Format, text: string) => string {
  // Without the stream, styleText would also colour text that goes into a file.
  return (format, text) => styleText(format, text, { stream });
}

/** `12345` as `12,345`, the same in every locale. The first number that Node formats costs 30 ms, so whole ones do without it. */
export function grouped(count: number): string {
  return Number.isSafeInteger(count)
    ? String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
    : count.toLocaleString('en-US');
}

/** `1 file`, `2 files`, `0 batches`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A span of time for people: `8 s`, `3 min`, `5 h`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** Wraps a text at its spaces into lines of at most `columns`. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Rows of cells as lines. Each column is as wide as its widest cell, and numbers are right-aligned. */
export function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? grouped(cell) : cell)));
  const widths = texts[0]?.map((_, i) => Math.max(...texts.map((row) => widthOf(row[i] ?? '')))) ?? [];
  return rows.map((row, y) =>
    row
      .map((cell, x) => {
        const text = texts[y]?.[x] ?? '';
        const gap = ' '.repeat((widths[x] ?? 0) - widthOf(text));
        return typeof cell === 'number' ? `${gap}${text}` : `${text}${gap}`;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** {@link table} below titles, which stand above the right end of numbers. */
export function tableWithHead(
  titles: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string[] {
  const widths = titles.map((title, x) =>
    Math.max(title.length, ...rows.map((row) => table([[row[x] ?? '']])[0]?.length ?? 0)),
  );
  const isNumber = (x: number) => rows.some((row) => typeof row[x] === 'number');
  return table([titles.map((title, x) => (isNumber(x) ? title.padStart(widths[x] ?? 0) : title)), ...rows]);
}
