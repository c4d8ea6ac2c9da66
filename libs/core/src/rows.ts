import type { Contract, Field, ParsedRow, Value } from './contract/contract.ts';
import { copyCells, copyLine, nullTextOf } from './contract/copy-line.ts';
import { utcTimestamp } from './timestamp.ts';

/**
 * Where the records of rows stand in their file. The row at this index begins on `line` and ends on `lastLine`. Each row after it
 * begins on the line after the row before, and has one line, until the next place.
 */
export type Place = readonly [index: number, line: number, lastLine: number];

/** The rows of a chunk, in the form in which they are staged and loaded: see {@link copyLine}. */
export class Rows {
  readonly contract: Contract;
  readonly count: number;
  /** One line for each row, each with a line end. */
  readonly text: string;
  readonly places: readonly Place[];

  constructor(contract: Contract, count: number, text: string, places: readonly Place[]) {
    this.contract = contract;
    this.count = count;
    this.text = text;
    this.places = places;
  }

  /** Rows that were parsed before. */
  static of(contract: Contract, parsed: readonly ParsedRow[]): Rows {
    const rows = new RowsBuilder(contract);
    const nullText = nullTextOf(contract);
    for (const row of parsed)
      rows.add(copyLine(contract, row, nullText), row.sluice_line, row.sluice_last_line ?? row.sluice_line);
    return rows.take();
  }

  /** The line on which the record of each row begins, and the one on which it ends. */
  *lines(): Generator<readonly [line: number, lastLine: number]> {
    let [next, place] = [1, 0];
    for (let index = 0; index < this.count; index += 1) {
      const [at, line, lastLine] = this.places[place] ?? [];
      if (at === index && line !== undefined && lastLine !== undefined) {
        place += 1;
        next = lastLine + 1;
        yield [line, lastLine];
      } else {
        yield [next, next];
        next += 1;
      }
    }
  }

  /** The lines of one row, as {@link lines} gives them for all. */
  placeOf(index: number): readonly [line: number, lastLine: number] {
    const [at, line, lastLine] = this.places.findLast(([from]) => from <= index) ?? [0, 1, 1];
    const next = lastLine + index - at;
    return at === index ? [line, lastLine] : [next, next];
  }

  /** The same rows, without those at these indexes. */
  without(indexes: ReadonlySet<number>): Rows {
    const texts = this.text.split('\n');
    const rows = new RowsBuilder(this.contract);
    for (const [index, [line, lastLine]] of [...this.lines()].entries())
      if (!indexes.has(index)) rows.add(texts[index] ?? '', line, lastLine);
    return rows.take();
  }

  /** The rows as objects. Much slower than their text: for what looks at few of them. */
  parsed(): ParsedRow[] {
    const texts = this.text.split('\n');
    return Array.from(this.lines(), (place, i) => parsedRow(this.contract, texts[i] ?? '', place));
  }
}

/** A row as an object, from its line and the lines of its file on which its record begins and ends. */
export function parsedRow(
  contract: Contract,
  text: string,
  [line, lastLine]: readonly [line: number, lastLine: number],
): ParsedRow {
  const row: Record<string, Value> & { sluice_line: number } = { sluice_line: line };
  if (lastLine !== line) row.sluice_last_line = lastLine;
  const cells = copyCells(text, nullTextOf(contract));
  for (const [at, field] of contract.fields.entries()) row[field.name] = cellValue(field, cells[at] ?? null);
  return row;
}

/** Collects rows. */
export class RowsBuilder {
  readonly #contract: Contract;
  #count = 0;
  #text = '';
  #places: Place[] = [];
  /** The line after the last row. */
  #next = 0;

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  get count(): number {
    return this.#count;
  }

  /** Adds a row, which stands on these lines of its file. */
  add(copyLine: string, line: number, lastLine: number): void {
    if (this.#count === 0 || line !== this.#next || lastLine !== line)
      this.#places.push([this.#count, line, lastLine]);
    this.#count += 1;
    this.#text += `${copyLine}\n`;
    this.#next = lastLine + 1;
  }

  /** Adds rows of one line each, with their line ends, which stand on this line of their file and the next ones. */
  addLines(copyText: string, line: number, lines: number): void {
    if (this.#count === 0 || line !== this.#next) this.#places.push([this.#count, line, line]);
    this.#count += lines;
    this.#text += copyText;
    this.#next = line + lines;
  }

  /** Gives the rows, and begins again. */
  take(): Rows {
    const rows = new Rows(this.#contract, this.#count, this.#text, this.#places);
    [this.#count, this.#text, this.#places, this.#next] = [0, '', [], 0];
    return rows;
  }
}

/** The value that the validator gave for a cell. Times may be in any form that means the same to PostgreSQL. */
function cellValue({ type }: Field, cell: string | null): Value {
  if (cell === null) return null;
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(Number(cell)) ? Number(cell) : cell;
    case 'boolean':
      return cell === 'true';
    case 'datetime':
      return utcTimestamp(cell, 'UTC') ?? cell;
    default:
      return cell;
  }
}
