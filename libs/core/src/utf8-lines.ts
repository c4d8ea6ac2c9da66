import { MAX_RECORD_CHARS } from './csv-reader.ts';

const NEWLINE = 0x0a;

/** Bytes of a line without an end at most: a character takes 4 at most, and a longer record is refused anyway (I8). */
const MAX_LINE_BYTES = 4 * MAX_RECORD_CHARS;

export interface Decoded {
  readonly text: string;
  /** The line behind `text` is not UTF-8: no more can be decoded. */
  readonly invalid: boolean;
}

/**
 * Decodes UTF-8 strictly, in whole lines: a newline byte is never part of another character, so no character is cut at
 * the border of a block. Of a file that is not UTF-8 all lines before the first bad one are given, however the
 * blocks fall (I6). A byte order mark at the very beginning is taken off; elsewhere it is a character.
 */
export class Utf8Lines {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #rest: Uint8Array = new Uint8Array();
  #atStart = true;

  /** Takes the next block, and gives the lines that it completes. The block may be reused by the caller. */
  push(block: Uint8Array): Decoded {
    const end = block.lastIndexOf(NEWLINE) + 1;
    if (end === 0 && this.#rest.length + block.length <= MAX_LINE_BYTES) {
      this.#rest = concat(this.#rest, block);
      return { text: '', invalid: false };
    }
    const lines = concat(this.#rest, end === 0 ? block : block.subarray(0, end));
    // A copy: slice() of a Buffer would be a view on memory that the next block overwrites.
    this.#rest = end === 0 ? new Uint8Array() : new Uint8Array(block.subarray(end));
    return this.#decode(lines);
  }

  /** Gives the last line, which has no newline. */
  end(): Decoded {
    return this.#decode(this.#rest);
  }

  #decode(bytes: Uint8Array): Decoded {
    const whole = this.#tryDecode(bytes);
    if (whole !== undefined) return { text: this.#withoutMark(whole), invalid: false };
    let text = '';
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf(NEWLINE, at);
      const line = this.#tryDecode(bytes.subarray(at, newline === -1 ? bytes.length : newline + 1));
      if (line === undefined || newline === -1) break;
      text += line;
      at = newline + 1;
    }
    return { text: this.#withoutMark(text), invalid: true };
  }

  #tryDecode(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined; // not UTF-8: the caller says where
    }
  }

  #withoutMark(text: string): string {
    if (text === '' || !this.#atStart) return text;
    this.#atStart = false;
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
