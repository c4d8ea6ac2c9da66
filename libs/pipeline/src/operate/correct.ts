import { type Contract, type Field, type FileNo, MASKED, ruleOf } from '@sluice/core';
import { namedRejects, rejectFileOf, rejectsOfFile, type Sql } from '@sluice/ledger';
import { Loads } from './loads.ts';
import { OperationRefused } from './operator.ts';
import { readDifferently } from './reading-change.ts';
import { cellsOf } from './reject-cells.ts';
import { type ResubmitProblem, resubmitRecord, settled } from './resubmit.ts';

/** One value of a rejected record. */
interface RejectCell {
  readonly name: string;
  /** As the file has it; '' where that is not certain, or hidden. */
  readonly text: string;
  /** Whether the value is sensitive, so that the ledger does not keep it. */
  readonly hidden: boolean;
  /** What the value must be; '' where any text is one. */
  readonly rule: string;
}

/** A reject that a person can correct, value by value. */
export interface Correctable {
  readonly fileNo: FileNo;
  readonly line: number;
  readonly lastLine: number | null;
  readonly feed: string;
  readonly file: string;
  readonly column: string | null;
  readonly reason: string;
  readonly expected: string;
  readonly raw: string;
  readonly cells: readonly RejectCell[];
  /** False when it is not certain what the file has in some cell. Then every value has to be given. */
  readonly certain: boolean;
  /** Why it cannot be corrected, or not any more; null when it can. */
  readonly why: string | null;
  /** The line of the next reject of this file that nobody has resubmitted. */
  readonly next: number | null;
}

/** How many of the rejects that follow are looked at for the next one. */
const LOOKED_AT = 100;

/** The reject at a line of a file version; undefined when the ledger has none there. */
export async function correctable(
  file: FileNo,
  line: number,
  { sql }: { readonly sql: Sql },
): Promise<Correctable | undefined> {
  const [found, ...others] = await rejectsOfFile(sql, file, { afterLine: line - 1, limit: LOOKED_AT });
  const read = await rejectFileOf(sql, file);
  const [named] = await namedRejects(sql, [{ fileNo: file, line }]);
  if (found?.line !== line || read === undefined || named === undefined) return undefined;
  const { feed, name, lastLine, col, code, expected, raw } = found;
  const loads = new Loads(sql);
  const [{ load }, { contract }] = [await loads.active(feed), await loads.of(read.contractNo)];
  const { cells, certain } = cellsOf({ ...read, raw, reason: code }, contract);
  const change = readDifferently(contract, load.contract);
  const changed = change === undefined ? null : `${change} since its file was loaded: replay the file`;
  return {
    ...{ fileNo: file, line, lastLine, feed, file: name, column: col, reason: code, expected, raw, certain },
    cells: inFile(load.contract).map((field) => {
      const text = cells.get(field.name) ?? '';
      const hidden = field.sensitive === true && text === MASKED;
      return { name: field.name, text: hidden ? '' : text, hidden, rule: ruleOf(field) };
    }),
    why: settled(named, { file: undefined })?.[1] ?? changed,
    next: others.find(({ resubmittedAt }) => resubmittedAt === null)?.line ?? null,
  };
}

/** What became of a correction. */
export interface Corrected {
  readonly outcome: 'inserted' | 'duplicate' | 'conflict' | 'refused';
  /** Why it was refused; the reject stays as it was. */
  readonly problem: ResubmitProblem | null;
}

/**
 * Loads a reject with corrected values under its file and line, once, as a corrected export is loaded ({@link resubmit}).
 *
 * @param values by field. A field that is left out keeps what its file has, if that is certain
 * @throws {OperationRefused} when values are missing, or are of no field
 */
export async function correct(
  { feed, file, fileNo, line, lastLine, cells, certain }: Correctable,
  values: ReadonlyMap<string, string>,
  who: string,
  { sql }: { readonly sql: Sql },
): Promise<Corrected> {
  const names = cells.map(({ name }) => name);
  const other = [...values.keys()].filter((name) => !names.includes(name));
  const missing = certain ? [] : names.filter((name) => !values.has(name));
  if (other.length > 0 || missing.length > 0) {
    throw new OperationRefused(
      other.length > 0
        ? `the feed ${feed} has no field ${other.join(', ')}`
        : `a value is missing: ${missing.join(', ')}`,
      'name fields of the feed, and all of them where the ledger does not keep the whole record',
    );
  }
  const { load } = await new Loads(sql).active(feed);
  const record = {
    ...{ line, lastLine: lastLine ?? line, raw: '', broken: false },
    fields: cells.map(({ name, text, hidden }) => values.get(name) ?? (hidden ? MASKED : text)),
  };
  const at = load.contract.fields.map(({ name }) => names.indexOf(name));
  const columns = { at, width: names.length };
  const problems: ResubmitProblem[] = [];
  const o = {
    ...{ dryRun: false, stopping: new AbortController().signal, who },
    onProblem: (problem: ResubmitProblem) => void problems.push(problem),
  };
  const correction = { line, ref: { fileNo, line }, file, record, columns };
  const sums = await resubmitRecord(correction, `line ${line} of ${file}`, feed, o, { sql });
  const [problem = null] = problems;
  if (sums.inserted > 0) return { outcome: 'inserted', problem };
  if (sums.duplicates === 0) return { outcome: 'refused', problem };
  return { outcome: sums.conflicts > 0 ? 'conflict' : 'duplicate', problem };
}

/** The fields that stand in a file. */
function inFile({ fields }: Contract): Field[] {
  return fields.filter(({ value }) => value === undefined);
}
