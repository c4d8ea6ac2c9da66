import {
  type Contract,
  cellAt,
  columnsOf,
  FILLED,
  type FileNo,
  fileNo,
  type Rows,
  unescaped,
} from '@sluice/core';
import type { Session } from '../statements.ts';
import { readPayload } from './payload.ts';
import { partsOf } from './payload-form.ts';

/** A staged chunk, with what a commit must know of its rows to copy them. */
export interface OfferedChunk {
  readonly header: string;
  readonly fileNo: FileNo;
  readonly rows: Rows;
  /** The line of each row as it is staged, and as COPY takes it: with the columns that Sluice fills. */
  readonly texts: readonly string[];
  readonly lines: readonly string[];
  /** The key of each row. Rows with equal texts have equal keys. PostgreSQL may find more keys to be equal. */
  readonly keys: readonly string[];
}

/** What a commit offers to the table. */
export interface Offer {
  readonly chunks: readonly OfferedChunk[];
  /** For each column of the key, the values of all rows, as the text of an array. */
  readonly keyArrays: readonly string[];
}

/** Reads the payloads. Undefined when one of them is not what Sluice writes, which others have to look into. */
export function offerOf(payloads: readonly string[], session: Session): Offer | undefined {
  const { key } = session.contract;
  const values: string[][] = key.map(() => []);
  const chunks: OfferedChunk[] = [];
  for (const payload of payloads) {
    const chunk = readChunk(payload, session.contract);
    if (chunk === undefined) return undefined;
    const columns = key.map((name) => columnOf(name, chunk, session));
    for (const [i, column] of columns.entries()) for (const value of column) values[i]?.push(value);
    chunks.push({ ...chunk, keys: joined(columns) });
  }
  return { chunks, keyArrays: values.map(arrayText) };
}

/** Keys in the order in which every commit writes them, so that two of them cannot deadlock. */
export function inOrder(keys: Iterable<string>): string[] {
  return [...keys].sort();
}

interface ReadChunk extends Omit<OfferedChunk, 'keys'> {
  readonly filled: Readonly<Record<(typeof FILLED)[number], readonly string[]>>;
}

function readChunk(payload: string, contract: Contract): ReadChunk | undefined {
  const staged = readStaged(payload, contract);
  if (staged === undefined) return undefined;
  const { rows, header } = staged;
  const texts = rows.text.split('\n');
  if (texts.pop() !== '' || texts.length !== rows.count) return undefined;
  const file = fileNo.parse(header.file_no);
  const fileText = String(file);
  const isFilled = contract.filled.length > 0;
  const filled = {
    sluice_file: isFilled ? texts.map(() => fileText) : [],
    sluice_line: isFilled ? Array.from(rows.lines(), ([line]) => String(line)) : [],
  };
  const lines = isFilled ? joined([texts, ...contract.filled.map((name) => filled[name])]) : texts;
  return { header: partsOf(payload).header, fileNo: file, rows, texts, lines, filled };
}

function readStaged(payload: string, contract: Contract): ReturnType<typeof readPayload> | undefined {
  try {
    return readPayload(payload, contract);
  } catch {
    return undefined; // The caller goes the way on which PostgreSQL says what is wrong.
  }
}

/** The cells of one column of the key. */
function columnOf(
  name: string,
  { texts, filled }: ReadChunk,
  { contract, columns }: Session,
): readonly string[] {
  const own = FILLED.find((column) => column === name);
  if (own !== undefined) return filled[own];
  const position = columnsOf(contract).indexOf(name);
  const cells = texts.map((text) => cellAt(text, position));
  return columns?.get(name)?.base === 'uuid' ? cells.map((cell) => cell.toLowerCase()) : cells;
}

/** The cells of each row with commas between them. They have a backslash before each comma of their own. */
function joined([first = [], ...others]: readonly (readonly string[])[]): readonly string[] {
  if (others.length === 0) return first;
  return first.map((cell, i) => {
    let line = cell;
    for (const column of others) line += `,${column[i]}`;
    return line;
  });
}

/** Cells as the text of an array. */
function arrayText(cells: readonly string[]): string {
  const values = cells.some((cell) => SPECIAL.test(cell)) ? cells.map(escaped) : cells;
  return values.length === 0 ? '{}' : `{"${values.join('","')}"}`;
}

const SPECIAL = /["\\]/;
const EACH_SPECIAL = /["\\]/g;

function escaped(cell: string): string {
  return unescaped(cell).replaceAll(EACH_SPECIAL, String.raw`\$&`);
}
