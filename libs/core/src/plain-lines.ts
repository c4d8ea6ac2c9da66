import type { Chunk, Chunker } from './chunk.ts';
import { type LineTaker, MAX_RECORD_CHARS } from './csv-reader.ts';

/** Adds lines to chunks that are lines for COPY as they stand, and looks at nothing in them but their form. */
export class PlainLines implements LineTaker {
  readonly #form: RegExp;
  readonly #chunker: Chunker;
  #complete: Chunk[] = [];

  /** @param form see {@link plainLine} */
  constructor(form: RegExp, chunker: Chunker) {
    this.#form = form;
    this.#chunker = chunker;
  }

  isNext(text: string, at: number): boolean {
    return this.#end(text, at) !== undefined;
  }

  /** Takes as many lines as there are, but no more than the chunk may still have. */
  take(text: string, start: number, line: number): { readonly end: number; readonly lines: number } {
    const most = this.#chunker.room;
    let [lines, end] = [0, start];
    while (lines < most.records && end - start < most.chars) {
      const next = this.#end(text, end);
      if (next === undefined) break;
      [end, lines] = [next, lines + 1];
    }
    const given = text.slice(start, end);
    const copyText = given.includes('\r') ? given.replaceAll('\r\n', '\n') : given;
    const chunk = this.#chunker.addLines(copyText, line, lines, end - start);
    if (chunk !== undefined) this.#complete.push(chunk);
    return { end, lines };
  }

  /** The chunks that lines have shown to be complete since the last call. */
  complete(): Chunk[] {
    const chunks = this.#complete;
    this.#complete = [];
    return chunks;
  }

  /** The end of the line of this form that begins there. */
  #end(text: string, at: number): number | undefined {
    this.#form.lastIndex = at;
    if (!this.#form.test(text)) return undefined;
    const end = this.#form.lastIndex;
    return end - at > MAX_RECORD_CHARS ? undefined : end;
  }
}
