import { events } from '@sluice/core';
import type { Findings } from './findings.ts';
import type { ChunkRecord, FileRecord } from './record.ts';
import type { Version } from './written.ts';

/** A valid record of a line that the ledger has claimed. */
export interface Offer {
  readonly id: string;
  readonly file: ClaimedFile;
  readonly line: number;
  /** All columns except the id, as the table shows them. */
  readonly values: string;
  readonly committedAt: string;
}

/** One file version in the ledger, together with what the lab wrote under that name and token. */
export class ClaimedFile {
  readonly file: FileRecord;
  readonly version: Version;
  readonly #chunks: readonly ChunkRecord[];
  #valid = 0;
  #inserted = 0;
  readonly #conflicts: number[] = [];

  constructor(file: FileRecord, version: Version, chunks: readonly ChunkRecord[]) {
    this.file = file;
    this.version = version;
    this.#chunks = chunks;
  }

  at(line: number): string {
    return `${this.file.name}:${line}`;
  }

  /** The claimed lines must cover the version without gaps or overlaps. A version that is not complete may have gaps. */
  judgeClaims(findings: Findings): void {
    const { file, version } = this;
    let next = 1;
    for (const { first, last, records } of this.#chunks) {
      findings.expect('claims', first >= next, () => `${this.at(first)} is claimed twice`);
      if (file.closed) findings.expect('claims', first <= next, () => `${this.at(next)} is left out`);
      next = last + 1;
      const lines = this.#rows(first, last).length;
      findings.expect(
        'records',
        lines === records,
        () => `${this.at(first)}: ${records} of ${lines} records`,
      );
    }
    const claimed = this.#chunks.reduce((sum, { records }) => sum + records, 0);
    findings.expect(
      'records',
      file.records === claimed,
      () => `${file.name}: counts ${file.records}, not ${claimed}`,
    );
    if (!file.closed || file.sameAs !== null) return;
    const written = version.rows.length;
    const whole = file.records === written && file.total === written;
    findings.expect(
      'records',
      whole,
      () => `${file.name}: complete with ${file.records} of ${written} records`,
    );
  }

  /** The valid records of all claimed lines. */
  *offers(): Generator<Offer> {
    for (const { first, last, at } of this.#chunks) {
      for (const { line, row } of this.#rows(first, last)) {
        if (row.id === undefined) continue;
        this.#valid += 1;
        yield { id: row.id, file: this, line, values: valuesOf(row.line), committedAt: at };
      }
    }
  }

  /** Notes what this record must count as. `origin` is the record that became the row, and `values` are the row's values. */
  count(offer: Offer, origin: Offer | undefined, values: string): void {
    if (offer === origin) this.#inserted += 1;
    else if (offer.values !== values) this.#conflicts.push(offer.line);
  }

  judgeCounts(found: { rejects: readonly string[]; conflicts: readonly number[] }, findings: Findings): void {
    const { file } = this;
    const { records, inserted, duplicates, rejects, conflicts } = file;
    const name = () => file.name;
    findings.expect('conservation', records === inserted + duplicates + rejects, name);
    const counted = inserted === this.#inserted && duplicates === this.#valid - this.#inserted;
    findings.expect(
      'duplicates',
      counted,
      () =>
        `${file.name}: counts ${inserted} rows and ${duplicates} duplicates of ${this.#inserted} and ${this.#valid - this.#inserted}`,
    );
    const repeated = this.#repeatedInChunks();
    findings.expect(
      'duplicates',
      file.duplicatesInChunk === repeated,
      () => `${file.name}: within its chunks`,
    );
    const broken = this.#broken();
    const same =
      broken.length === found.rejects.length && broken.every((reject, i) => reject === found.rejects[i]);
    findings.expect('rejects', same && rejects === broken.length, name);
    const other = this.#conflicts.sort((a, b) => a - b);
    const sameLines =
      other.length === found.conflicts.length && other.every((line, i) => line === found.conflicts[i]);
    findings.expect('conflicts', sameLines && conflicts === other.length, name);
  }

  #rows(first: number, last: number) {
    // The header is line 1.
    const from = Math.max(first - 2, 0);
    return this.version.rows
      .slice(from, Math.max(last - 1, 0))
      .map((row, i) => ({ row, line: from + i + 2 }));
  }

  #repeatedInChunks(): number {
    return this.#chunks.reduce((sum, { first, last }) => {
      const ids = this.#rows(first, last).flatMap(({ row }) => row.id ?? []);
      return sum + ids.length - new Set(ids).size;
    }, 0);
  }

  #broken(): string[] {
    return this.#chunks.flatMap(({ first, last }) =>
      this.#rows(first, last).flatMap(({ row, line }) =>
        row.code === undefined ? [] : [`${line}:${row.code}`],
      ),
    );
  }
}

/** A line of the generator without its id, with times as the table shows them. */
function valuesOf(line: string): string {
  const values = line.split(',');
  return events.fields
    .flatMap(({ name, type }, i) => {
      if (events.key.includes(name)) return [];
      return type === 'datetime' ? `${values[i]}.000000` : (values[i] ?? '');
    })
    .join(',');
}
