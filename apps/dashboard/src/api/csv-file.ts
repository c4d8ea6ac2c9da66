import { Readable } from 'node:stream';
import { z } from 'zod';

/** An answer that is a file of CSV. It is sent while it is read, so that a long one takes no more memory (I8). */
export class CsvFile {
  readonly name: string;
  readonly #begun: readonly string[];
  readonly #rest: AsyncGenerator<string>;

  constructor(name: string, begun: readonly string[], rest: AsyncGenerator<string>) {
    this.name = name;
    this.#begun = begun;
    this.#rest = rest;
  }

  /** Reads the header and the first record at once, because once the answer has begun nothing can be refused any more. */
  static async begin(name: string, lines: AsyncGenerator<string>): Promise<CsvFile> {
    const begun: string[] = [];
    for (let next = await lines.next(); !next.done; next = await lines.next()) {
      begun.push(next.value);
      if (begun.length === 2) break;
    }
    return new CsvFile(name, begun, lines);
  }

  stream(): Readable {
    const [begun, rest] = [this.#begun, this.#rest];
    return Readable.from(
      (async function* () {
        yield* begun;
        yield* rest;
      })(),
    );
  }
}

/** The answer of a route that sends a {@link CsvFile}. */
export const csvFile = z.instanceof(CsvFile);
