/** Characters of a record at most. */
const LIMIT = 2 ** 20;

/** A record as the slow parser finds it. `fields` is null when its quotes are broken: then it is one line. */
export interface SlowRecord {
  readonly line: number;
  readonly lastLine: number;
  readonly fields: readonly string[] | null;
}

/**
 * CSV as RFC 4180 and docs/files.md have it, one character after the other, and nothing of the reader's own: what the
 * reader finds is compared with this.
 */
export function slowCsv(text: string, delimiter: string): SlowRecord[] {
  const records: SlowRecord[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const empty = lineEndAt(text, at);
    if (empty > 0) {
      at += empty;
      line += 1;
      continue;
    }
    const whole = slowRecord(text, at, delimiter);
    const end = whole?.end ?? lineAfter(text, at);
    const lastLine = line + newlinesIn(text, at, end) - (text[end - 1] === '\n' ? 1 : 0);
    records.push({ line, lastLine, fields: whole?.fields ?? null });
    line = lastLine + 1;
    at = end;
  }
  return records;
}

/** Lines of a text: a last one without an end is one too. */
export function linesOf(text: string): number {
  return newlinesIn(text, 0, text.length) + (text === '' || text.endsWith('\n') ? 0 : 1);
}

/** The record that begins at `start`, and where the next one does. Undefined when its quotes are broken, or it is too long. */
function slowRecord(text: string, start: number, delimiter: string) {
  const fields: string[] = [];
  let at = start;
  for (;;) {
    const field = text[at] === '"' ? quoted(text, at) : plain(text, at, delimiter);
    if (field === undefined) return undefined;
    fields.push(field.value);
    at = field.end;
    if (at + lineEndAt(text, at) - start > LIMIT) return undefined;
    if (at === text.length) return { fields, end: at };
    const lineEnd = lineEndAt(text, at);
    if (lineEnd > 0) return { fields, end: at + lineEnd };
    if (text[at] !== delimiter) return undefined;
    at += 1;
  }
}

function quoted(text: string, open: number): { value: string; end: number } | undefined {
  let value = '';
  for (let at = open + 1; at < text.length; at += 1) {
    if (text[at] !== '"') value += text[at];
    else if (text[at + 1] === '"') {
      value += '"';
      at += 1;
    } else return { value, end: at + 1 };
  }
  return undefined;
}

function plain(text: string, start: number, delimiter: string): { value: string; end: number } | undefined {
  let value = '';
  for (let at = start; ; at += 1) {
    if (at === text.length || text[at] === delimiter || lineEndAt(text, at) > 0) return { value, end: at };
    if (text[at] === '"') return undefined;
    value += text[at];
  }
}

/** Length of the line end that stands there: LF, CRLF, or a CR before the end of the text. */
function lineEndAt(text: string, at: number): number {
  if (text[at] === '\n') return 1;
  if (text[at] !== '\r') return 0;
  return at + 1 === text.length ? 1 : text[at + 1] === '\n' ? 2 : 0;
}

function lineAfter(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== '\n') at += 1;
  return Math.min(at + 1, text.length);
}

function newlinesIn(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if (text[at] === '\n') count += 1;
  return count;
}
