import { type Chunk, Chunker } from './chunk.ts';
import type { Contract } from './contract/contract.ts';
import { nameFault } from './contract/file-name.ts';
import { type JsonReader, jsonReaderOf } from './contract/json-record.ts';
import { MAX_RECORD_CHARS } from './csv-reader.ts';
import type { RecordFile } from './event-file.ts';
import type { Quarantine } from './quarantine.ts';
import { encodingDetail, hasLoneCr, LONE_CR } from './reading-hints.ts';
import type { FileRules } from './rules.ts';
import { type Decoded, TextLines } from './text-lines.ts';

/** How many lines are read before other work gets its turn. */
const AT_ONCE = 100;

/** Whitespace of JSON alone. */
const BLANK = /^[ \t\r\n]*$/;

/**
 * Reads the bytes of one version of an NDJSON file into chunks, as {@link RecordFile} says. Each line is a record, unless it is
 * blank, and so a record has the limit of a line.
 */
export class NdjsonFile implements RecordFile {
  fault: Quarantine | null = null;
  readonly #text: TextLines;
  readonly #line: JsonReader;
  readonly #chunker: Chunker;
  #lines = 0;

  constructor(rules: FileRules, contract: Contract, name: string) {
    this.#text = new TextLines(rules.encoding);
    this.#line = jsonReaderOf(contract, rules, name);
    this.#chunker = new Chunker(contract, rules.chunkRows);
    this.fault = nameFault(contract, rules.timeZone, name);
  }

  *push(block: Uint8Array): Generator<Chunk[]> {
    yield* this.#decoded(this.#text.push(block));
  }

  *finish(): Generator<Chunk[]> {
    yield* this.#decoded(this.#text.end());
  }

  *fail(fault: Quarantine): Generator<Chunk[]> {
    this.fault ??= fault;
    yield [];
  }

  end(contentHash: string): Chunk {
    return this.#chunker.end(this.#lines, this.fault === null ? contentHash : null, this.fault);
  }

  *#decoded({ text, fault }: Decoded): Generator<Chunk[]> {
    if (this.fault !== null) return;
    yield* this.#take(text);
    if (fault === null) return;
    const detail =
      fault.reason === 'record_too_long'
        ? this.#tooLong(fault.detail !== null)
        : encodingDetail(fault, this.#lines + 1);
    this.fault ??= { reason: fault.reason, detail };
  }

  /** The text is whole lines; only the last line of a file may have no line end. */
  *#take(text: string): Generator<Chunk[]> {
    let chunks: Chunk[] = [];
    for (let start = 0, taken = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const end = newline === -1 ? text.length : newline + 1;
      if (end - start > MAX_RECORD_CHARS) {
        const begins = text.slice(start, start + MAX_RECORD_CHARS);
        this.fault = { reason: 'record_too_long', detail: this.#tooLong(hasLoneCr(begins)) };
        break;
      }
      chunks.push(...this.#chunkBefore(text.slice(start, end)));
      start = end;
      taken += 1;
      if (chunks.length === 0 && taken % AT_ONCE !== 0) continue;
      yield chunks;
      chunks = [];
    }
    yield chunks;
  }

  /** Takes one line. Gives the chunk before it when this line shows that chunk to be complete. */
  #chunkBefore(raw: string): Chunk[] {
    this.#lines += 1;
    if (BLANK.test(raw)) return [];
    const place = { line: this.#lines, lastLine: this.#lines, raw };
    const chunk = this.#chunker.add(this.#line(raw, this.#lines), place, null);
    return chunk === undefined ? [] : [chunk];
  }

  #tooLong(loneCr: boolean): string {
    return `the record that begins on line ${this.#lines + 1}${loneCr ? `: ${LONE_CR}` : ''}`;
  }
}
