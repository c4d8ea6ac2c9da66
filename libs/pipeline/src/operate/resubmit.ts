import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { type RejectTexts, rejectTexts, validatorOf } from '@sluice/core';
import {
  type CorrectedRow,
  findRefusedRows,
  type NamedReject,
  namedRejects,
  PostgresFailure,
  type Refusal,
  type RejectRef,
  type Resubmitted,
  resubmitRows,
  type Sql,
} from '@sluice/ledger';
import { type CorrectedRecord, readCorrected } from './corrected-file.ts';
import { operator } from './operator.ts';

/** A record that was not loaded; its reject stays as it was. `line` is its line in the corrected file. */
export interface ResubmitProblem {
  readonly line: number;
  readonly fileNo: number | null;
  /** The name of the file, if the export has it. */
  readonly file: string | null;
  readonly rejectLine: number | null;
  /** A reject code, or a word for why there is nothing to correct. */
  readonly reason: string;
  readonly column: string | null;
  /** What would be accepted, or what is wrong. */
  readonly expected: string;
  readonly raw: string;
}

/** What a resubmission did. `records` counts the records of the corrected file. */
export interface Resubmission {
  readonly records: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly problems: number;
  /** False when it was stopped before the end. */
  readonly complete: boolean;
}

/** The most rows and characters of one statement, because a slice is held in memory (I8). */
const SLICE_ROWS = 500;
const SLICE_CHARS = 2 * 1024 * 1024;

interface Options {
  /** Tries everything and changes nothing. */
  readonly dryRun: boolean;
  readonly stopping: AbortSignal;
  onProblem(problem: ResubmitProblem): void;
}

/**
 * Loads corrected rejects from an export, under their file and line, each once. Records that are still wrong, or can no longer be
 * corrected, are reported and left as they are. The whole file is read once before anything is loaded.
 *
 * @throws {OperationRefused} when the file cannot be read as such an export
 */
export async function resubmit(
  path: string,
  o: Options,
  { sql }: { readonly sql: Sql },
): Promise<Resubmission> {
  for await (const _ of readCorrected(path, sql.contract)) if (o.stopping.aborted) break;
  const sum = { records: 0, inserted: 0, duplicates: 0, conflicts: 0, problems: 0 };
  const load = async (slice: readonly CorrectedRecord[]): Promise<void> => {
    const { loaded, problems } = await new Slice(slice, basename(path), o.dryRun, sql).load();
    for (const { outcome } of loaded) sum[outcome === 'inserted' ? 'inserted' : 'duplicates'] += 1;
    sum.conflicts += loaded.filter(({ outcome }) => outcome === 'conflict').length;
    sum.records += slice.length;
    sum.problems += problems.length;
    for (const problem of problems.sort((a, b) => a.line - b.line)) o.onProblem(problem);
  };
  let slice: CorrectedRecord[] = [];
  let chars = 0;
  for await (const correction of readCorrected(path, sql.contract)) {
    slice.push(correction);
    chars += correction.record.raw.length;
    if (slice.length < SLICE_ROWS && chars < SLICE_CHARS) continue;
    if (o.stopping.aborted) return { ...sum, complete: false };
    await load(slice);
    [slice, chars] = [[], 0];
  }
  if (o.stopping.aborted) return { ...sum, complete: false };
  if (slice.length > 0) await load(slice);
  return { ...sum, complete: true };
}

/** Records of the corrected file that are loaded together. */
class Slice {
  readonly #corrections: readonly CorrectedRecord[];
  readonly #from: string;
  readonly #dryRun: boolean;
  readonly #sql: Sql;
  readonly #texts: RejectTexts;
  readonly #problems: ResubmitProblem[] = [];

  constructor(corrections: readonly CorrectedRecord[], from: string, dryRun: boolean, sql: Sql) {
    this.#corrections = corrections;
    this.#from = from;
    this.#dryRun = dryRun;
    this.#sql = sql;
    this.#texts = rejectTexts(sql.contract);
  }

  async load(): Promise<{ readonly loaded: readonly Resubmitted[]; readonly problems: ResubmitProblem[] }> {
    const refs = this.#corrections.flatMap(({ ref }) => ref ?? []);
    const known = byRef(await namedRejects(this.#sql, refs));
    const corrected = new Map<string, { readonly row: CorrectedRow; readonly correction: CorrectedRecord }>();
    for (const correction of this.#corrections) {
      const { ref } = correction;
      const named = ref && known.get(keyOf(ref));
      const other = ref && corrected.get(keyOf(ref))?.correction.line;
      const row = named === undefined ? this.#unknown(correction) : this.#read(correction, named, other);
      if (row !== undefined) corrected.set(keyOf(row), { row, correction });
    }
    const rows = [...corrected.values()];
    const loaded = await this.#loadRows(
      rows.map(({ row }) => row),
      (row, refusal) => {
        const found = corrected.get(keyOf(row));
        if (found !== undefined) this.#tellRefused(found.correction, refusal);
      },
    );
    await this.#tellClaimed(rows, loaded);
    return { loaded, problems: this.#problems };
  }

  /** The row to load. If there is none, it reports why and returns undefined. */
  #read(
    correction: CorrectedRecord,
    named: NamedReject,
    other: number | undefined,
  ): CorrectedRow | undefined {
    const why =
      settled(named, correction) ?? (other && ['repeated', `this reject stands in line ${other} too`]);
    if (why) return this.#tell(correction, why[0] ?? '', why[1] ?? '');
    const validate = validatorOf(this.#sql.contract, named.rules);
    const outcome = validate(correction.record, correction.columns);
    if ('row' in outcome) return { fileNo: named.fileNo, line: named.line, row: outcome.row };
    const { code, expected, col } = outcome.reject;
    return this.#tell(correction, code, expected, col);
  }

  #unknown(correction: CorrectedRecord): undefined {
    const { record, ref, columns } = correction;
    if (record.broken) return this.#tell(correction, 'broken_quote', this.#texts.broken_quote ?? '');
    if (record.fields.length !== columns.width)
      return this.#tell(correction, 'field_count', `${columns.width} fields, as its header has`);
    const what =
      ref === undefined ? 'file_no and line are not both numbers' : 'the ledger knows no such file';
    return this.#tell(correction, 'unknown_reject', what);
  }

  /** Rows that PostgreSQL refuses for their data do not hold up the others (I9). */
  async #loadRows(
    rows: readonly CorrectedRow[],
    onRefused: (row: CorrectedRow, refusal: Refusal) => void,
  ): Promise<readonly Resubmitted[]> {
    if (rows.length === 0) return [];
    const o = { batchId: randomUUID(), from: this.#from, who: operator(), dryRun: this.#dryRun };
    try {
      return await resubmitRows(this.#sql, rows, o);
    } catch (error) {
      if (!(error instanceof PostgresFailure) || error.kind !== 'data') throw error;
      const refused = await findRefusedRows(
        this.#sql,
        rows.map(({ fileNo, line, row }) => ({ fileNo, row: { ...row, sluice_line: line } })),
      );
      if (refused.size === 0) throw error;
      for (const [index, refusal] of refused) {
        const row = rows[index];
        if (row !== undefined) onRefused(row, refusal);
      }
      return await this.#loadRows(
        rows.filter((_, index) => !refused.has(index)),
        onRefused,
      );
    }
  }

  /** Reports rows that another resubmission, an undo or the retention took in the meantime. */
  async #tellClaimed(
    rows: readonly { readonly row: CorrectedRow; readonly correction: CorrectedRecord }[],
    loaded: readonly Resubmitted[],
  ): Promise<void> {
    const done = byRef(loaded);
    const told = new Set(this.#problems.map(({ line }) => line));
    const left = rows.filter(({ row, correction }) => !done.has(keyOf(row)) && !told.has(correction.line));
    const now = byRef(
      await namedRejects(
        this.#sql,
        left.map(({ row }) => row),
      ),
    );
    for (const { row, correction } of left) {
      const named = now.get(keyOf(row));
      const why = named && settled(named, correction);
      this.#tell(correction, why?.[0] ?? 'unknown_reject', why?.[1] ?? 'it is not in the ledger any more');
    }
  }

  #tellRefused(correction: CorrectedRecord, { sqlstate, constraint, column }: Refusal): void {
    const by = constraint === null ? '' : `, constraint ${constraint}`;
    const expected = `${this.#texts.refused_by_database}: SQLSTATE ${sqlstate}${by}`;
    this.#tell(correction, 'refused_by_database', expected, column);
  }

  #tell(
    { line, ref, file, record }: CorrectedRecord,
    reason: string,
    expected: string,
    column: string | null = null,
  ) {
    const where = { line, fileNo: ref?.fileNo ?? null, file: file ?? null, rejectLine: ref?.line ?? null };
    this.#problems.push({ ...where, reason, column, expected, raw: record.raw.replace(/\r?\n$/, '') });
    return undefined;
  }
}

/** Why a reject cannot be corrected, or no longer, as a word and a sentence. */
function settled(reject: NamedReject, { file }: CorrectedRecord): readonly [string, string] | undefined {
  const { name, fileNo, line, known, detailState, undone, resubmittedAt, resubmittedAs } = reject;
  const other = file !== undefined && file !== name;
  if (other)
    return ['unknown_reject', `file ${fileNo} is ${JSON.stringify(name)}: is this another database?`];
  if (resubmittedAt !== null)
    return ['resubmitted_before', `loaded at ${resubmittedAt.toISOString()} as ${resubmittedAs}`];
  if (detailState !== 'kept') return ['unknown_reject', 'RETENTION drops the rejects of this file'];
  if (!known) return ['unknown_reject', `line ${line} of this file is no reject`];
  if (undone) return ['undone', 'the rows of this file were removed: "replay" reads it again'];
  return undefined;
}

function keyOf({ fileNo, line }: RejectRef): string {
  return `${fileNo}/${line}`;
}

function byRef<T extends RejectRef>(refs: readonly T[]): Map<string, T> {
  return new Map(refs.map((ref) => [keyOf(ref), ref]));
}
