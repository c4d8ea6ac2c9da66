import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import {
  type ContractNo,
  FIRST_FEED,
  type FileNo,
  type Load,
  type RejectTexts,
  rejectTexts,
  validatorOf,
} from '@sluice/core';
import {
  type CorrectedRow,
  findRefusedRows,
  forContract,
  listRejects,
  type NamedReject,
  namedRejects,
  PostgresFailure,
  type Refusal,
  type RejectRef,
  type Resubmitted,
  resubmitRows,
  type Sql,
} from '@sluice/ledger';
import { type CorrectedRecord, firstFileNo, readCorrected } from './corrected-file.ts';
import { Loads } from './loads.ts';
import { operator } from './operator.ts';
import { readDifferently } from './reading-change.ts';
import { cellsOf } from './reject-cells.ts';

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

/** PostgreSQL's code for a foreign key without its parent. */
const NO_PARENT = '23503';

interface Options {
  /** Only rejects of this feed. By default the feed of the first reject that the file names. */
  readonly feed?: string | undefined;
  /** Tries everything and changes nothing. */
  readonly dryRun: boolean;
  readonly stopping: AbortSignal;
  /** Who does this, for the audit; by default the {@link operator}. */
  readonly who?: string | undefined;
  onProblem(problem: ResubmitProblem): void;
}

/**
 * Loads corrected rejects from an export, under their file and line, each once, by the active contract of their feed. Records that
 * are still wrong, or can no longer be corrected, are reported and left as they are. The whole file is read once before anything is
 * loaded.
 *
 * @throws {OperationRefused} when the file cannot be read as such an export
 */
export async function resubmit(
  path: string,
  o: Options,
  { sql }: { readonly sql: Sql },
): Promise<Resubmission> {
  const feed = o.feed ?? (await feedOfFile(await firstFileNo(path), sql));
  const loads = new Loads(sql);
  const { load } = await loads.active(feed);
  for await (const _ of readCorrected(path, load.contract)) if (o.stopping.aborted) break;
  return await loadAll(readCorrected(path, load.contract), basename(path), { feed, load, loads }, o, sql);
}

/**
 * Tries open rejects of one code again, such as `missing_parent` once the parents are there, from what the ledger keeps of them.
 * Those that still fail are reported and left as they are, as are records of which the ledger does not keep every value.
 */
export async function resubmitCode(
  code: string,
  o: Options,
  { sql }: { readonly sql: Sql },
): Promise<Resubmission> {
  const feed = o.feed ?? FIRST_FEED;
  const loads = new Loads(sql);
  const { load } = await loads.active(feed);
  const kept = keptRecords(code, feed, load, loads, sql);
  return await loadAll(kept, `rejects with ${code}`, { feed, load, loads }, o, sql);
}

/** As {@link resubmit}, for the correction of one reject. `from` says in the audit what was corrected. */
export async function resubmitRecord(
  record: CorrectedRecord,
  from: string,
  feed: string,
  o: Options,
  { sql }: { readonly sql: Sql },
): Promise<Resubmission> {
  const loads = new Loads(sql);
  const { load } = await loads.active(feed);
  return await loadAll(only(record), from, { feed, load, loads }, o, sql);
}

async function* only<T>(one: T): AsyncGenerator<T> {
  yield one;
}

/** What corrections are read by: the active contract of their feed. */
interface Target {
  readonly feed: string;
  readonly load: Load;
  readonly loads: Loads;
}

async function loadAll(
  records: AsyncIterable<CorrectedRecord>,
  from: string,
  target: Target,
  o: Options,
  sql: Sql,
): Promise<Resubmission> {
  const sum = { records: 0, inserted: 0, duplicates: 0, conflicts: 0, problems: 0 };
  const load = async (slice: readonly CorrectedRecord[]): Promise<void> => {
    const { loaded, problems } = await new Slice(slice, from, o, target, sql).load();
    for (const { outcome } of loaded) sum[outcome === 'inserted' ? 'inserted' : 'duplicates'] += 1;
    sum.conflicts += loaded.filter(({ outcome }) => outcome === 'conflict').length;
    sum.records += slice.length;
    sum.problems += problems.length;
    for (const problem of problems.sort((a, b) => a.line - b.line)) o.onProblem(problem);
  };
  let slice: CorrectedRecord[] = [];
  let chars = 0;
  for await (const correction of records) {
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

async function feedOfFile(file: FileNo | undefined, sql: Sql): Promise<string> {
  if (file === undefined) return FIRST_FEED;
  const [named] = await namedRejects(sql, [{ fileNo: file, line: 0 }]);
  return named?.feed ?? FIRST_FEED;
}

/** The open rejects of a code as records of a corrected file. */
async function* keptRecords(
  code: string,
  feed: string,
  { contract }: Load,
  loads: Loads,
  sql: Sql,
): AsyncGenerator<CorrectedRecord> {
  const fields = contract.fields.filter(({ value }) => value === undefined).map(({ name }) => name);
  const at = contract.fields.map(({ name }) => fields.indexOf(name));
  let number = 0;
  const all = { settled: false, limit: Number.POSITIVE_INFINITY };
  for await (const reject of listRejects(sql, { feed, reason: code }, all)) {
    const { fileNo, file, line, lastLine, raw } = reject;
    const { cells, certain } = cellsOf(reject, (await loads.of(reject.contractNo)).contract);
    number += 1;
    const record = {
      ...{ line, lastLine: lastLine ?? line, raw, broken: false },
      fields: fields.map((name) => cells.get(name) ?? ''),
    };
    const columns = { at, width: fields.length };
    yield { line: number, ref: { fileNo, line }, file, record, columns, certain };
  }
}

/** Records of the corrected file that are loaded together. */
class Slice {
  readonly #corrections: readonly CorrectedRecord[];
  readonly #from: string;
  readonly #o: Options;
  readonly #sql: Sql;
  readonly #target: Target;
  readonly #texts: RejectTexts;
  readonly #problems: ResubmitProblem[] = [];
  /** Why records of files of these contracts cannot be loaded by the active one. */
  readonly #changes = new Map<ContractNo | null, string | undefined>();

  constructor(corrections: readonly CorrectedRecord[], from: string, o: Options, target: Target, sql: Sql) {
    this.#corrections = corrections;
    this.#from = from;
    this.#o = o;
    this.#target = target;
    this.#sql = forContract(sql, target.load.contract);
    this.#texts = rejectTexts(target.load.contract);
  }

  async load(): Promise<{ readonly loaded: readonly Resubmitted[]; readonly problems: ResubmitProblem[] }> {
    const refs = this.#corrections.flatMap(({ ref }) => ref ?? []);
    const known = byRef(await namedRejects(this.#sql, refs));
    for (const { contractNo } of known.values()) {
      if (this.#changes.has(contractNo)) continue;
      const { contract } = await this.#target.loads.of(contractNo);
      this.#changes.set(contractNo, readDifferently(contract, this.#target.load.contract));
    }
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
      settled(named, correction) ??
      this.#unfit(named, correction) ??
      (other && ['repeated', `this reject stands in line ${other} too`]);
    if (why) return this.#tell(correction, why[0] ?? '', why[1] ?? '');
    const validate = validatorOf(this.#target.load.contract, named.rules, named.name);
    const outcome = validate(correction.record, correction.columns);
    if ('row' in outcome) return { fileNo: named.fileNo, line: named.line, row: outcome.row };
    const { code, expected, col } = outcome.reject;
    return this.#tell(correction, code, expected, col);
  }

  #unfit(
    { feed, contractNo }: NamedReject,
    { certain }: CorrectedRecord,
  ): readonly [string, string] | undefined {
    const own = this.#target.feed;
    if (feed !== own) return ['other_feed', `it is of the feed ${feed}, and the first one of ${own}`];
    const change = this.#changes.get(contractNo);
    if (change !== undefined)
      return ['contract_changed', `${change} since its file was loaded: "replay" reads the file again`];
    return certain === false
      ? ['incomplete', 'the ledger does not keep every value of it: export it, and fill in the cells']
      : undefined;
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
    const { feed } = this.#target;
    const o = {
      batchId: randomUUID(),
      feed,
      from: this.#from,
      who: this.#o.who ?? operator(),
      dryRun: this.#o.dryRun,
    };
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
    const code = sqlstate === NO_PARENT ? 'missing_parent' : 'refused_by_database';
    const expected = `${this.#texts[code] ?? 'a row that PostgreSQL takes'}: SQLSTATE ${sqlstate}${by}`;
    this.#tell(correction, code, expected, column);
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
export function settled(
  reject: NamedReject,
  { file }: Pick<CorrectedRecord, 'file'>,
): readonly [string, string] | undefined {
  const { name, fileNo, line, known, detailState, undone, resubmittedAt, resubmittedAs, replayedAs } = reject;
  const other = file !== undefined && file !== name;
  if (other)
    return ['unknown_reject', `file ${fileNo} is ${JSON.stringify(name)}: is this another database?`];
  if (undone)
    return [
      'undone',
      replayedAs === null
        ? 'its rows were removed: "replay" it, then export its rejects again'
        : `its rows were removed, and file ${replayedAs} has its records: export again`,
    ];
  // Only a key that is one UUID is kept as such.
  const as = resubmittedAs === null ? '' : ` as ${resubmittedAs}`;
  if (resubmittedAt !== null) return ['resubmitted_before', `loaded at ${resubmittedAt.toISOString()}${as}`];
  if (detailState !== 'kept') return ['unknown_reject', 'RETENTION drops the rejects of this file'];
  if (!known) return ['unknown_reject', `line ${line} of this file is no reject`];
  return undefined;
}

function keyOf({ fileNo, line }: RejectRef): string {
  return `${fileNo}/${line}`;
}

function byRef<T extends RejectRef>(refs: readonly T[]): Map<string, T> {
  return new Map(refs.map((ref) => [keyOf(ref), ref]));
}
