import { isAscii, isUtf8 } from 'node:buffer';

/** How many bytes are looked at, from the first line with a character beyond ASCII on. */
const WINDOW = 65_536;

/** Whole lines that may be taken now, and those that must wait for more to come. */
interface Judged {
  readonly taken: Uint8Array;
  /** True when the lines after those are UTF-8, and not what the feed says. */
  readonly refused: boolean;
}

/**
 * Tells whether a file that should be in a single-byte encoding is UTF-8: every byte is valid in most of these encodings, so a
 * wrong one would load wrong characters without a word. Lines are held back from the first one with a character beyond ASCII on
 * until {@link WINDOW} bytes have come: if all of them are valid UTF-8, the file is refused there. In real text a letter beyond
 * ASCII nearly always stands beside one of ASCII, which UTF-8 does not allow.
 */
export class Utf8Suspect {
  #settled = false;
  #held: Uint8Array = new Uint8Array();

  /** Takes whole lines. The answer for the file does not depend on how many come at once (I6). */
  judge(lines: Uint8Array, final: boolean): Judged {
    if (this.#settled) return { taken: lines, refused: false };
    const bytes = this.#held.length === 0 ? lines : Buffer.concat([this.#held, lines]);
    const from = this.#held.length === 0 ? suspectLine(bytes) : 0;
    if (from === undefined) return { taken: bytes, refused: false };
    const full = bytes.length - from >= WINDOW;
    // The same lines are judged whatever comes with them.
    const end = full ? bytes.indexOf(0x0a, from + WINDOW - 1) + 1 : bytes.length;
    this.#settled = !isUtf8(bytes.subarray(from, end === 0 ? bytes.length : end));
    this.#held = new Uint8Array();
    if (this.#settled) return { taken: bytes, refused: false };
    const taken = bytes.subarray(0, from);
    if (full || final) return { taken, refused: true };
    this.#held = bytes.slice(from);
    return { taken, refused: false };
  }
}

/** Where the first line with a character beyond ASCII begins. */
function suspectLine(bytes: Uint8Array): number | undefined {
  if (isAscii(bytes)) return undefined;
  const at = bytes.findIndex((byte) => byte > 0x7f);
  return bytes.lastIndexOf(0x0a, at) + 1;
}
