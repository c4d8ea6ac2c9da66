import { MAX_RECORD_CHARS } from './csv-reader.ts';
import { decoderOf, type Encoding, type EncodingName, encodingOf, isSingleByte } from './encoding.ts';
import { binaryKind, SNIFF_BYTES } from './magic.ts';
import { isNotValid, isUtf8Instead, LONE_CR } from './reading-hints.ts';
import { Utf8Suspect } from './utf8-suspect.ts';

/** The most bytes of a line. A longer line has more than MAX_RECORD_CHARS characters in each of these encodings (I8). */
const MAX_LINE_BYTES = 4 * MAX_RECORD_CHARS;

/** Why no more text can be decoded, with what is to be said of the line. `detail` is null where there is no more to say. */
export interface TextFault {
  readonly reason: 'encoding' | 'binary' | 'record_too_long';
  readonly detail: string | null;
}

export interface Decoded {
  readonly text: string;
  /** What is wrong with the line after `text`. When it is set, nothing more can be decoded. */
  readonly fault: TextFault | null;
}

/**
 * Decodes text strictly, in whole lines, so that no character is cut at the border of a block. All lines before the first bad
 * one are given, however the content is cut into blocks (I6). The text is in the named encoding, unless it begins with the byte
 * order mark of another one; a mark elsewhere is an ordinary character. Content that begins like another format is refused.
 */
export class TextLines {
  readonly #named: EncodingName;
  #encoding: Encoding | undefined;
  #decode = decoderOf('utf-8');
  /** Set while a file in a single-byte encoding may still turn out to be UTF-8. */
  #suspect: Utf8Suspect | undefined;
  #rest: Uint8Array = new Uint8Array();

  constructor(encoding: EncodingName = 'utf-8') {
    this.#named = encoding;
  }

  /** Takes the next block and gives the lines that it completes. The caller may reuse the block. */
  push(block: Uint8Array): Decoded {
    return this.#take(concat(this.#rest, block), false);
  }

  /** Gives the last line, which has no newline. */
  end(): Decoded {
    return this.#take(this.#rest, true);
  }

  #take(given: Uint8Array, final: boolean): Decoded {
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
    const newline = this.#encoding?.newline ?? [];
    const first = nextLine(bytes, Math.max(0, searched - newline.length), newline);
    if ((first ?? bytes.length) > MAX_LINE_BYTES) {
      const { text, fault } = this.#lines(new Uint8Array(), true);
      return { text, fault: fault ?? { reason: 'record_too_long', detail: hasCr(bytes) ? LONE_CR : null } };
    }
    const end = final ? bytes.length : lastLine(bytes, first ?? 0, newline);
    this.#rest = bytes.subarray(end);
    return this.#lines(bytes.subarray(0, end), final);
  }

  /** Chooses the encoding, and removes the byte order mark. */
  #begin(bytes: Uint8Array): Uint8Array {
    this.#encoding = encodingOf(bytes, this.#named);
    this.#decode = decoderOf(this.#encoding.name);
    if (isSingleByte(this.#encoding.name)) this.#suspect = new Utf8Suspect();
    return bytes.subarray(this.#encoding.mark.length);
  }

  #lines(bytes: Uint8Array, final: boolean): Decoded {
    const { taken, refused } = this.#suspect?.judge(bytes, final) ?? { taken: bytes, refused: false };
    const decoded = this.#strictly(taken);
    if (!refused || decoded.fault !== null) return decoded;
    return { ...decoded, fault: { reason: 'encoding', detail: isUtf8Instead(this.#named) } };
  }

  #strictly(bytes: Uint8Array): Decoded {
    const whole = this.#decode(bytes);
    if (whole !== undefined) return { text: whole, fault: null };
    const { name, newline } = this.#encoding ?? encodingOf(bytes, this.#named);
    let text = '';
    for (let at = 0; ; ) {
      const next = nextLine(bytes, at, newline);
      const line = next === undefined ? undefined : this.#decode(bytes.subarray(at, next));
      if (line === undefined || next === undefined) break;
      text += line;
      at = next;
    }
    return { text, fault: { reason: 'encoding', detail: isNotValid(name) } };
  }
}

/**
 * Says whether the last line of a file has a line end, from the file's first and last four bytes. An empty file counts as
 * ended, because it has no line. A CR alone is not a line end: its LF is still to come.
 *
 * @param named the encoding of a file without a byte order mark
 */
export function endsItsLine(
  file: { readonly head: Uint8Array; readonly tail: Uint8Array; readonly size: number },
  named: EncodingName,
): boolean {
  if (file.size === 0) return true;
  const { mark, newline } = encodingOf(file.head, named);
  const whole = (file.size - mark.length) % newline.length === 0;
  return whole && newline.every((byte, i) => file.tail.at(i - newline.length) === byte);
}

/** Looks at as much of a line that is too long as has come whatever the blocks (I6). */
function hasCr(line: Uint8Array): boolean {
  return line.subarray(0, MAX_LINE_BYTES).includes(0x0d);
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
