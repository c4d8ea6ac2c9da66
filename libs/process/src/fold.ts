import { stripVTControlCharacters } from 'node:util';

/** Characters that take two columns of a terminal. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns of a terminal a text takes. Its styles take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += wide.test(character) ? 2 : 1;
  return width;
}

/** How wide a line may be. What is no terminal gets lines for one of 80 columns. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY === true ? stream.columns || 80 : 80;
}

/** Text for people: on a terminal it is {@link folded}; a pipe gets it as it is. */
export function forPeople(text: string, stream: NodeJS.WriteStream): string {
  return stream.isTTY === true ? folded(text, columnsOf(stream)) : text;
}

/**
 * The text with each line that is longer than `columns` broken at its spaces, because a terminal would break it in the middle of
 * a word. What goes on in the next line is indented like the line. A longer word, such as a path, stays whole.
 *
 * @internal Exported for tests.
 */
export function folded(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => foldedLine(line, columns))
    .join('\n');
}

/** @param behind what is written at the end of each line that goes on */
function foldedLine(line: string, columns: number, further = '', behind = ''): string[] {
  if (widthOf(line) <= columns) return [line];
  const [, indent = '', rest = ''] = /^(\s*)(.*)$/.exec(line) ?? [];
  const lines: string[] = [];
  let current = indent;
  let width = widthOf(indent);
  const margin = `${indent}${further}`;
  for (const [, gap = '', word = ''] of rest.matchAll(/(\s*)(\S+)/g)) {
    const more = gap.length + widthOf(word);
    const isFirst = current === indent || current === margin;
    if (!isFirst && width + more + behind.length > columns) {
      lines.push(`${current}${behind}`);
      current = `${margin}${word}`;
      width = widthOf(current);
    } else {
      current += isFirst ? word : `${gap}${word}`;
      width += isFirst ? widthOf(word) : more;
    }
  }
  return [...lines, current];
}

/**
 * A help text for a terminal of `columns`. A sentence that goes on in the next line is filled up to the width. Indented lines
 * are examples: what a too long one does goes below it, and a command that is too long still can be copied.
 */
export function foldedHelp(text: string, columns: number): string {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const last = lines.at(-1);
    const goesOn = last !== undefined && /^\S.*[^.:]$/.test(last) && /^\S/.test(line);
    if (goesOn) lines[lines.length - 1] = `${last} ${line}`;
    else lines.push(line);
  }
  return lines.flatMap((line) => helpLine(line, columns)).join('\n');
}

function helpLine(line: string, columns: number): string[] {
  if (widthOf(line) <= columns || /^\S/.test(line)) return foldedLine(line, columns);
  const [, command = line, about] = /^(\s+\S.*?)\s{2,}(\S.*)$/.exec(line) ?? [];
  const below = about === undefined ? [] : foldedLine(`      ${about}`, columns);
  return [...foldedLine(command, columns, '    ', ' \\'), ...below];
}
