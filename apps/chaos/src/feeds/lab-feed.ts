import { mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Sql } from '@sluice/ledger';
import { codeOf } from '@sluice/process';
import type { Findings } from '../findings.ts';
import { filesBelow } from '../places.ts';
import type { Random } from '../random.ts';
import type { LabRecord, Shape } from './shapes.ts';

interface WrittenFile {
  readonly name: string;
  readonly records: readonly LabRecord[];
  /** It repeats the content of another file, so a feed that keeps each record must not load it again. */
  readonly copy: boolean;
}

/** Records are drawn from so many numbers for each file, so that some are in several files. */
const NUMBERS_PER_FILE = 40;

/** Writes the files of one feed, touches and copies some, and compares its table with what the files say. */
export class LabFeed {
  readonly shape: Shape;
  readonly #folder: string;
  readonly #beside: string;
  readonly #random: Random;
  readonly #rows: number;
  readonly #files: WrittenFile[] = [];

  constructor(shape: Shape, o: { source: string; beside: string; random: Random; rows: number }) {
    this.shape = shape;
    this.#folder = o.source;
    this.#beside = o.beside;
    this.#random = o.random;
    this.#rows = o.rows;
    mkdirSync(o.source, { recursive: true });
  }

  /** The YAML of the feed. */
  get yaml(): string {
    const { name, yaml } = this.shape;
    return `feed: ${name}\nsource: "${this.#folder}"\nfiles: ["*.csv"]\ntable: ${name}\n${yaml}`;
  }

  /** Drops files until there are `count`. After some of them, it disturbs one of those that are there. */
  dropUpTo(count: number): void {
    while (this.#files.length < count) {
      this.#drop();
      const some = this.#files[this.#random.between(0, this.#files.length - 1)];
      if (some !== undefined && this.#random.next() < 0.5) this.#touch(some);
    }
  }

  #drop(): void {
    const { name, header, encode, mode } = this.shape;
    const earlier = this.#files[this.#random.between(0, this.#files.length)];
    const copy = mode === 'keep' && earlier !== undefined && !earlier.copy && this.#random.next() < 0.2;
    const records = copy ? earlier.records : this.#records();
    const file = { name: `${name}_${this.#files.length}.csv`, records, copy };
    this.#files.push(file);
    const text = [header, ...records.map(({ line }) => line)].map((line) => `${line}\n`).join('');
    const temporary = join(this.#beside, file.name);
    writeFileSync(temporary, encode(text));
    renameSync(temporary, join(this.#folder, file.name));
  }

  /** In mode `keep` no two files have the same content, unless one is a copy. */
  #records(): LabRecord[] {
    const first = this.#files.length * NUMBERS_PER_FILE;
    const from = this.shape.mode === 'keep' ? first : Math.max(0, first - 2 * NUMBERS_PER_FILE);
    return Array.from({ length: this.#rows }, (_, i) =>
      this.shape.record(i === 0 ? first : this.#random.between(from, first + NUMBERS_PER_FILE), this.#random),
    );
  }

  #touch({ name }: WrittenFile): void {
    const at = Math.floor(Date.now() / 1000) - this.#random.between(1_000, 1_000_000);
    try {
      utimesSync(join(this.#folder, name), at, at);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error; // Clean-up has already taken the file away.
    }
  }

  /** Whether each of its files is complete. Copies wait for an operator. */
  async isComplete(sql: Sql): Promise<boolean> {
    const rows = await sql<{ name: string }[]>`
      SELECT DISTINCT name FROM sluice_files
      WHERE feed = ${this.shape.name} AND (closed_at IS NOT NULL AND quarantine IS NULL OR held IS NOT NULL)`;
    const done = new Set(rows.map(({ name }) => name));
    return this.#files.every(({ name }) => done.has(`${this.shape.name}/${name}`));
  }

  /** Loaded files are in the archive. A copy is there too, or still in the source folder. */
  judgePlaces(archive: string, findings: Findings): void {
    const archived = new Map(filesBelow(archive).map(({ path }) => [basename(path), path]));
    const left = new Set(readdirSync(this.#folder));
    for (const { name, copy } of this.#files) {
      const inArchive = /^\d{4}\/\d{2}\/\d{2}\/[^/]+$/.test(archived.get(name) ?? '');
      const there = inArchive || (copy && left.delete(name));
      findings.expect('places', there, () => `${this.shape.name}/${name} is not where it belongs`);
    }
    findings.expect(
      'places',
      left.size === 0,
      () => `${[...left][0]} is in the source of ${this.shape.name}`,
    );
  }

  async judge(sql: Sql, findings: Findings): Promise<void> {
    const { name, row, mode } = this.shape;
    const loaded = this.#files.filter(({ copy }) => mode === 'first' || !copy);
    const expected = new Map<string, number>();
    const rejects = new Map<string, number>();
    for (const file of loaded) {
      for (const [i, record] of file.records.entries()) {
        const place = mode === 'keep' ? `${name}/${file.name}|${i + 2}|` : '';
        if (record.row !== undefined) expected.set(`${place}${record.row}`, 1);
        else rejects.set(`${name}/${file.name}:${i + 2}:${record.code}`, 1);
      }
    }
    const from = mode === 'keep' ? "(SELECT file.name || '|') ||" : '';
    const found = await sql.unsafe<{ row: string }[]>(
      `SELECT ${from} ${row} AS row FROM ${name} JOIN sluice_files AS file ON file.file_no = ${name}.sluice_file`,
    );
    compare(
      `${name}: rows`,
      found.map((one) => one.row),
      expected,
      findings,
    );
    const refused = await sql<{ reject: string }[]>`
      SELECT DISTINCT file.name || ':' || line || ':' || code AS reject
      FROM sluice_rejects JOIN sluice_files AS file USING (file_no) WHERE file.feed = ${name}`;
    compare(
      `${name}: rejects`,
      refused.map(({ reject }) => reject),
      rejects,
      findings,
    );
    await judgeSums(sql, name, findings);
  }
}

/** Texts that are expected once each. */
function compare(
  what: string,
  found: readonly string[],
  expected: ReadonlyMap<string, number>,
  findings: Findings,
): void {
  const left = new Set(expected.keys());
  for (const text of found)
    findings.expect('feeds', left.delete(text), () => `${what}: one that nobody wrote, or one too many`);
  findings.expect('feeds', left.size === 0, () => `${what}: ${left.size} of ${expected.size} are missing`);
}

async function judgeSums(sql: Sql, feed: string, findings: Findings): Promise<void> {
  const rows = await sql.unsafe<{ name: string }[]>(
    `SELECT name FROM sluice_files WHERE feed = $1 AND records <> inserted + duplicates + rejects
     UNION ALL SELECT 'the table' WHERE (SELECT count(*) FROM ${feed})
       <> (SELECT coalesce(sum(inserted - undone), 0) FROM sluice_files WHERE feed = $1)`,
    [feed],
  );
  findings.expect('feeds', rows.length === 0, () => `${feed}: ${rows[0]?.name} does not add up`);
}
