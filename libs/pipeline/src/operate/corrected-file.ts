import { createReadStream } from 'node:fs';
import { type Columns, type Contract, CsvReader, type CsvRecord, type FileNo, TextLines } from '@sluice/core';
import { OperationRefused } from './operator.ts';
import { ownColumn, withoutEscape } from './reject-export.ts';

/** A record of a file of corrected rejects. `line` is its line in this file; `ref` names the reject that it corrects. */
export interface CorrectedRecord {
  readonly line: number;
  readonly ref: { readonly fileNo: FileNo; readonly line: number } | undefined;
  /** The name of the reject's file, if the export has it. */
  readonly file: string | undefined;
  readonly record: CsvRecord;
  readonly columns: Columns;
  /** False when the ledger, from which the record comes, does not keep every value of it. */
  readonly certain?: boolean;
}

/**
 * Reads a file of corrected rejects: an export, with commas and its columns in any order. It uses `file_no`, `line`, `file`,
 * `escaped` and the columns of the contract, and ignores all others. It reads in blocks, so memory does not grow (I8).
 *
 * @throws {OperationRefused} when it is not such a file, or cannot be read to its end
 */
export async function* readCorrected(path: string, contract: Contract): AsyncGenerator<CorrectedRecord> {
  let layout: Layout | undefined;
  for await (const record of records(path)) {
    if (layout === undefined) layout = layoutOf(record, path, contract);
    else yield correctedOf(record, layout);
  }
  if (layout === undefined) throw new OperationRefused(`${JSON.stringify(path)} is empty`, EXPORT);
}

const EXPORT = 'take the output of "sluice rejects --csv", and correct the values in it';

interface Layout {
  readonly columns: Columns;
  readonly fileNo: number;
  readonly line: number;
  /** -1: there is no such column. */
  readonly file: number;
  readonly escaped: number;
}

function layoutOf(header: CsvRecord, path: string, contract: Contract): Layout {
  const names = header.fields.map((field) => field.trim().toLowerCase());
  const fields = contract.fields.filter(({ value }) => value === undefined).map(({ name }) => name);
  const own = ['file_no', 'line', 'file', 'escaped'].map((name) => ownColumn(name, contract));
  const lacking = [...own.slice(0, 2), ...fields].filter((name) => !names.includes(name)).join(', ');
  const twice = [...own, ...fields].filter((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (lacking !== '') {
    const other = names.length === 1 && /[;\t|]/.test(names[0] ?? '');
    throw new OperationRefused(
      `${JSON.stringify(path)} lacks ${lacking}`,
      other ? 'its fields are separated by something else: save it as CSV with commas' : EXPORT,
    );
  }
  if (header.raw.includes('\0') || twice.length > 0) {
    const named = twice.length > 0 ? twice.join(', ') : 'it has a NUL';
    throw new OperationRefused(`${JSON.stringify(path)}: its header is not clear: ${named}`, EXPORT);
  }
  const at = contract.fields.map(({ name, value }) => (value === undefined ? names.indexOf(name) : -1));
  const [fileNo, line, file, escaped] = own.map((name) => names.indexOf(name));
  const columns = { at, width: names.length };
  return { columns, fileNo: fileNo ?? -1, line: line ?? -1, file: file ?? -1, escaped: escaped ?? -1 };
}

function correctedOf(given: CsvRecord, { columns, ...at }: Layout): CorrectedRecord {
  const escaped = at.escaped !== -1 && given.fields[at.escaped]?.trim().toLowerCase() === 'yes';
  const record = escaped ? { ...given, fields: given.fields.map(withoutEscape) } : given;
  const [fileNo, line] = [numberOf(record.fields[at.fileNo]), numberOf(record.fields[at.line])];
  const ref = fileNo === undefined || line === undefined ? undefined : { fileNo: fileNo as FileNo, line };
  return { line: record.line, ref, file: record.fields[at.file] || undefined, record, columns };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}

async function* records(path: string): AsyncGenerator<CsvRecord> {
  const text = new TextLines();
  const csv = new CsvReader();
  const refuse = (what: string): never => {
    throw new OperationRefused(
      `${JSON.stringify(path)} cannot be read as CSV: ${what}`,
      'save it as CSV in UTF-8',
    );
  };
  const readable = ({ text: lines, fault }: ReturnType<TextLines['push']>): CsvRecord[] => {
    const found = [...csv.push(lines)].flat();
    if (fault !== null) refuse(`line ${csv.linesTaken + 1} ${fault.detail ?? 'is too long'}`);
    if (csv.tooLong) refuse(`the record that begins on line ${csv.lines + 1} is longer than 1 MiB`);
    return found;
  };
  for await (const block of blocks(path)) yield* readable(text.push(block));
  yield* readable(text.end());
  yield* [...csv.end()].flat();
}

async function* blocks(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    throw new OperationRefused(`${JSON.stringify(path)} ${why}`, 'name a file that can be read');
  }
}

/**
 * The number of the first file that the records name, which says of which feed they are. Undefined when no record names one.
 *
 * @throws {OperationRefused} when it is not such a file
 */
export async function firstFileNo(path: string): Promise<FileNo | undefined> {
  let at: number | undefined;
  for await (const { fields } of records(path)) {
    const named = at === undefined ? undefined : numberOf(fields[at]);
    if (named !== undefined) return named as FileNo;
    // A feed may have a field of the name file_no.
    const names = fields.map((field) => field.trim().toLowerCase());
    at ??= names.indexOf(names.includes('sluice_file_no') ? 'sluice_file_no' : 'file_no');
  }
  return undefined;
}
