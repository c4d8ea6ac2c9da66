import { type Contract, FIRST_FEED } from '@sluice/core';
import {
  type LedgerReject,
  ledgerFeeds,
  listRejects,
  type RejectFilter,
  type Sql,
  totals,
} from '@sluice/ledger';
import { Loads } from './loads.ts';
import { OperationRefused } from './operator.ts';
import { cellsOf, type Splittable } from './reject-cells.ts';

/** The columns before those of the contract. `raw` comes after them, and `escaped` in an export for a spreadsheet. */
const BEFORE = ['file_no', 'file', 'line', 'last_line', 'column', 'reason', 'expected'] as const;

/** The name of a column of an export that no field has. No field's name begins with `sluice_`. */
export function ownColumn(name: string, { fields }: Contract): string {
  return fields.some((field) => field.name === name) ? `sluice_${name}` : name;
}

/** Characters that a spreadsheet takes for the beginning of a formula (OWASP), even after quotes. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const ESCAPED = /^'+[=+\-@\t\r\n＝＋－＠]/;

/** The byte order mark, without which spreadsheets do not read UTF-8. */
const MARK = '\ufeff';

/** A reject, and the contract that its record was read by, if that is not the one of the export. */
type ExportedReject = LedgerReject & { readonly contract?: Contract };

/**
 * The rejects of one feed as CSV (RFC 4180), beginning with the header. Each column that a file has by the contract has its own
 * cell, so that a person corrects one cell and not the whole record. Cells are written as in the file. `spreadsheet` adds the line ends and the byte order mark that such programs need,
 * and a quote before cells that they would calculate; {@link withoutEscape} removes the quote again.
 */
export async function* exportRejects(
  rejects: AsyncIterable<ExportedReject>,
  contract: Contract,
  o: { readonly spreadsheet: boolean },
): AsyncGenerator<string> {
  const [end, extra] = o.spreadsheet ? ['\r\n', ['escaped']] : ['\n', []];
  const line = (cells: readonly string[]) => cells.map(quoted).join(',') + end;
  const columns = contract.fields.filter(({ value }) => value === undefined).map(({ name }) => name);
  const own = (names: readonly string[]) => names.map((name) => ownColumn(name, contract));
  yield (o.spreadsheet ? MARK : '') + line([...own(BEFORE), ...columns, ...own(['raw', ...extra])]);
  for await (const reject of rejects) {
    const { fileNo, file, lastLine, column, reason, expected, raw } = reject;
    const about = [
      String(fileNo),
      file,
      String(reject.line),
      String(lastLine ?? ''),
      column ?? '',
      reason,
      expected,
    ];
    const { cells: found } = cellsOf(reject, reject.contract ?? contract);
    const cells = [...about, ...columns.map((name) => found.get(name) ?? ''), raw];
    yield line(o.spreadsheet ? [...cells.map(escaped), 'yes'] : cells);
  }
}

/**
 * The rejects of one feed as {@link exportRejects} writes them. The columns are those of the feed's active contract, and each record
 * is split by the contract that its file was read by.
 */
export async function* exportFeed(
  feed: string,
  filter: RejectFilter,
  o: { readonly spreadsheet: boolean; readonly settled: boolean; readonly limit: number },
  { sql }: { readonly sql: Sql },
): AsyncGenerator<string> {
  const loads = new Loads(sql);
  const { load } = await loads.active(feed);
  yield* exportRejects(withContracts(listRejects(sql, { ...filter, feed }, o), loads), load.contract, o);
}

async function* withContracts(
  rejects: AsyncIterable<LedgerReject>,
  loads: Loads,
): AsyncGenerator<ExportedReject> {
  for await (const reject of rejects)
    yield { ...reject, contract: (await loads.of(reject.contractNo)).contract };
}

/**
 * The feed of an export for which none is named: the only one that has rejects.
 *
 * @throws {OperationRefused} when several feeds have rejects, because they have other columns
 */
export async function onlyFeedWithRejects({ sql }: { readonly sql: Sql }): Promise<string> {
  const found: string[] = [];
  for (const { feed } of await ledgerFeeds(sql)) if ((await totals(sql, feed)).rejects > 0) found.push(feed);
  const [only = FIRST_FEED, ...others] = found;
  if (others.length === 0) return only;
  throw new OperationRefused(
    `several feeds have rejects (${found.join(', ')}), and an export holds those of one`,
    'name it with --feed',
  );
}

/** The value of the column that caused the reject; '' if that is not certain. */
export function rejectedValue(reject: Splittable & Pick<LedgerReject, 'column'>, contract: Contract): string {
  const { column } = reject;
  return column === null ? '' : (cellsOf(reject, contract).cells.get(column) ?? '');
}

/** The value of a cell in a spreadsheet's export, before it was escaped. */
export function withoutEscape(cell: string): string {
  return ESCAPED.test(cell) ? cell.slice(1) : cell;
}

function escaped(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
