import type { CsvRecord } from '@sluice/core';
import { Column, type Place } from './column.ts';
import type { Outlier } from './inferred.ts';

/** A line with sums stands among the last few of a file. */
const HELD_BACK = 3;

/** After so many records it tells something that a column was never empty. */
const ENOUGH = 20;

const SUM =
  /^((grand|sub)[ -]?)?(totals?|sum|summe|summen|gesamt|gesamtsumme|insgesamt|somme|totale|suma|totaal|razem|eof|trailer)\s*:?$/i;

/** A last line that does not look like a record. */
export interface SumLine {
  readonly place: Place;
  readonly values: ReadonlyMap<Column, string>;
}

/** What was seen of the records of all samples, in constant memory. */
export class Table {
  /** In the order of the first sample. */
  readonly columns: Column[] = [];
  readonly notes: string[] = [];
  readonly sums: SumLine[] = [];
  records = 0;
  readonly #odd = new Map<string, Outlier & { count: number; places: Place[] }>();
  #sample = -1;
  readonly #samples: (readonly (Column | undefined)[])[] = [];
  #at: readonly (Column | undefined)[] = [];
  #held: CsvRecord[] = [];

  /** Begins the next sample. Without a header, columns are known by their places. */
  begin(header: readonly string[] | null, width: number): void {
    this.#sample += 1;
    const before = [...this.columns];
    const names = header?.map((name) => name.trim().toLowerCase());
    this.#at = Array.from({ length: width }, (_, i) => this.#columnAt(i, header?.[i]?.trim(), names, before));
    this.#samples.push(this.#at);
    for (const column of this.#at) if (column !== undefined) column.samples += 1;
  }

  /** At which place of a record of this sample each column stands; -1: it does not. */
  placesIn(sample: number): number[] {
    return this.columns.map((column) => this.#samples[sample]?.indexOf(column) ?? -1);
  }

  #columnAt(
    i: number,
    header: string | undefined,
    names: readonly string[] | undefined,
    before: readonly Column[],
  ): Column | undefined {
    if (names === undefined) return before[i] ?? this.#newColumn(null);
    const name = names[i] ?? '';
    if (name === '' || names.indexOf(name) !== names.lastIndexOf(name)) {
      const why = name === '' ? 'has no name' : `shares the name "${header}" with another one`;
      this.notes.push(`column ${i + 1} ${why}, so it cannot be loaded: name it in the file`);
      return undefined;
    }
    const known = before.find((column) => isNamed(column, name));
    if (known !== undefined) return known;
    // The same place in a header of the same width, and the known name is missing from it: it was given another name.
    const there = before.length === names.length ? before[i] : undefined;
    if (there === undefined || names.some((one) => isNamed(there, one))) return this.#newColumn(header ?? '');
    there.others.push(header ?? '');
    return there;
  }

  #newColumn(header: string | null): Column {
    const column = new Column(header);
    this.columns.push(column);
    return column;
  }

  add(record: CsvRecord): void {
    if (record.broken) this.#setAside(record, 'has broken quotes');
    else if (record.fields.length !== this.#at.length) {
      this.#setAside(record, 'has more or fewer fields than the others');
    } else this.#held.push(record);
    const first = this.#held.length > HELD_BACK ? this.#held.shift() : undefined;
    if (first !== undefined) this.#count(first);
  }

  /** Ends the sample. */
  end(): void {
    for (let last = this.#held.at(-1); last !== undefined && this.#isSum(last); last = this.#held.at(-1)) {
      const values = this.#at.flatMap((column, i) =>
        column ? [[column, last?.fields[i] ?? ''] as const] : [],
      );
      this.sums.push({ place: this.#place(last), values: new Map(values) });
      this.#held.pop();
    }
    for (const record of this.#held) this.#count(record);
    this.#held = [];
  }

  /** Records that are no rows, whatever their columns hold. */
  get odd(): readonly Outlier[] {
    return [...this.#odd.values()];
  }

  #isSum({ fields }: CsvRecord): boolean {
    if (SUM.test(fields.find((field) => field.trim() !== '')?.trim() ?? '')) return true;
    const full = this.#at.flatMap((column, i) => (column && column.missing.size === 0 ? [i] : []));
    return (
      this.records >= ENOUGH &&
      full.length > 1 &&
      full.filter((i) => fields[i] === '').length > full.length / 2
    );
  }

  #count(record: CsvRecord): void {
    const place = this.#place(record);
    this.records += 1;
    for (let i = 0; i < this.#at.length; i += 1) this.#at[i]?.add(record.fields[i] ?? '', place);
  }

  #setAside(record: CsvRecord, why: string): void {
    const odd = this.#odd.get(why) ?? { column: null, count: 0, why, places: [] };
    this.#odd.set(why, odd);
    odd.count += 1;
    if (odd.places.length < 5) odd.places.push(this.#place(record));
  }

  #place({ line }: CsvRecord): Place {
    return { sample: this.#sample, line };
  }
}

function isNamed({ header, others }: Column, name: string): boolean {
  return [header, ...others].some((one) => one?.toLowerCase() === name);
}
