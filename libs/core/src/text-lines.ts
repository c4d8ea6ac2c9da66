import { MAX_RECORD_CHARS } from './csv-reader.ts';
import { binaryKind, SNIFF_BYTES } from './magic.ts';

/** The most bytes of a line. A longer line has more than MAX_RECORD_CHARS characters in each of these encodings (I8). */
const MAX_LINE_BYTES = 4 * MAX_RECORD_CHARS;

/** Why no more text can be decoded. `detail` is set where there is more to say. */
export interface TextFault {
  readonly reason: 'encoding' | 'binary' | 'record_too_long';
  readonly detail: string | null;
}

export interface Decoded {
  readonly text: string;
  /** What is wrong with the line after `text`. When it is set, nothing more can be decoded. */
  readonly fault: TextFault | null;
}

/** An encoding, and how its line ends look. At a character border, these bytes are never part of another character. */
interface Encoding {
  readonly name: 'utf-8' | 'utf-16le' | 'utf-16be';
  readonly mark: readonly number[];
  readonly newline: readonly number[];
}

const UTF8: Encoding = { name: 'utf-8', mark: [0xef, 0xbb, 0xbf], newline: [0x0a] };
const ENCODINGS: readonly Encoding[] = [
  UTF8,
  { name: 'utf-16le', mark: [0xff, 0xfe], newline: [0x0a, 0x00] },
  { name: 'utf-16be', mark: [0xfe, 0xff], newline: [0x00, 0x0a] },
];

/**
 * Decodes text strictly, in whole lines, so that no character is cut at the border of a block. All lines before the first bad
 * one are given, however the content is cut into blocks (I6). The text is UTF-8, or UTF-16 if it begins with that byte order
 * mark; a mark elsewhere is an ordinary character. Content that begins like another format is refused.
 */
export class TextLines {
  #encoding: Encoding | undefined;
  #decoder = new TextDecoder();
  #rest: Uint8Array = new Uint8Array();

  /** Takes the next block and gives the lines that it completes. The caller may reuse the block. */
  push(block: Uint8Array): Decoded {
    return this.#lines(concat(this.#rest, block), false);
  }

  /** Gives the last line, which has no newline. */
  end(): Decoded {
    return this.#lines(this.#rest, true);
  }

  #lines(given: Uint8Array, final: boolean): Decoded {
    let bytes = given;
    let searched = this.#rest.length;
    if (this.#encoding === undefined) {
      if (bytes.length < SNIFF_BYTES && !final) {
        this.#rest = bytes;
        return { text: '', fault: null };
      }
      const kind = binaryKind(bytes);
      if (kind !== undefined)
        return { text: '', fault: { reason: 'binary', detail: `it begins like ${kind}` } };
      bytes = this.#begin(bytes);
      searched = 0;
    }
    const { newline } = this.#encoding ?? UTF8;
    const first = nextLine(bytes, Math.max(0, searched - newline.length), newline);
    if ((first ?? bytes.length) > MAX_LINE_BYTES) {
      return { text: '', fault: { reason: 'record_too_long', detail: null } };
    }
    const end = final ? bytes.length : lastLine(bytes, first ?? 0, newline);
    this.#rest = bytes.subarray(end);
    return this.#decode(bytes.subarray(0, end), newline);
  }

  /** Chooses the encoding by its byte order mark, and removes the mark. */
  #begin(bytes: Uint8Array): Uint8Array {
    const marked = ENCODINGS.find(({ mark }) => mark.every((byte, i) => bytes[i] === byte));
    this.#encoding = marked ?? UTF8;
    this.#decoder = new TextDecoder(this.#encoding.name, { fatal: true, ignoreBOM: true });
    return bytes.subarray(marked?.mark.length ?? 0);
  }

  #decode(bytes: Uint8Array, newline: readonly number[]): Decoded {
    const whole = this.#tryDecode(bytes);
    if (whole !== undefined) return { text: whole, fault: null };
    let text = '';
    for (let at = 0; ; ) {
      const next = nextLine(bytes, at, newline);
      const line = next === undefined ? undefined : this.#tryDecode(bytes.subarray(at, next));
      if (line === undefined || next === undefined) break;
      text += line;
      at = next;
    }
    const name = (this.#encoding ?? UTF8).name.toUpperCase();
    return { text, fault: { reason: 'encoding', detail: `is not valid ${name}` } };
  }

  #tryDecode(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined; // not valid in this encoding: the caller says where
    }
  }
}

/**
 * Says whether the last line of a file has a line end, from the file's first and last four bytes. An empty file counts as
 * ended, because it has no line. A CR alone is not a line end: its LF is still to come.
 */
export function endsItsLine(file: {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly size: number;
}): boolean {
  if (file.size === 0) return true;
  const { mark, newline } =
    ENCODINGS.find((encoding) => encoding.mark.every((byte, i) => file.head[i] === byte)) ?? UTF8;
  const whole = (file.size - mark.length) % newline.length === 0;
  return whole && newline.every((byte, i) => file.tail.at(i - newline.length) === byte);
}

/** The end of the line that contains `from`, including its newline; undefined when it has no newline. */
function nextLine(bytes: Uint8Array, from: number, newline: readonly number[]): number | undefined {
  const width = newline.length;
  const byte = width - 1 - newline.indexOf(0x0a);
  for (let at = bytes.indexOf(0x0a, from); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    const end = at + 1 + byte;
    if (isNewline(bytes, end - width, newline)) return end;
  }
  return undefined;
}

/** The end of the last whole line, but never less than `least`. */
function lastLine(bytes: Uint8Array, least: number, newline: readonly number[]): number {
  const width = newline.length;
  const byte = width - 1 - newline.indexOf(0x0a);
  for (let at = bytes.lastIndexOf(0x0a); at >= least; at = at === 0 ? -1 : bytes.lastIndexOf(0x0a, at - 1)) {
    const end = at + 1 + byte;
    if (isNewline(bytes, end - width, newline)) return end;
  }
  return least;
}

/** The bytes of a newline count only where a character begins. */
function isNewline(bytes: Uint8Array, start: number, newline: readonly number[]): boolean {
  if (start < 0 || start % newline.length !== 0) return false;
  return newline.every((byte, i) => bytes[start + i] === byte);
}

/** Always copies, because the caller overwrites the memory of a block with the next one. */
function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
