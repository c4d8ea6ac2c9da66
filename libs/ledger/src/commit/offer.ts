import { cellsAt, columnsOf, FILLED, type FileNo, fileNo, type Rows, unescaped } from '@sluice/core';
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
  /** The cell of each row that it is counted by. */
  readonly counted: readonly string[];
}

/** What a commit offers to the table. */
export interface Offer {
  readonly chunks: readonly OfferedChunk[];
  /** For each column of the key, the values of all rows, as the text of an array. */
  readonly keyArrays: readonly string[];
}

/** Reads the payloads. Undefined when one of them is not what Sluice writes, which others have to look into. */
export function offerOf(payloads: readonly string[], session: Session): Offer | undefined {
  const values: string[][] = session.contract.key.map(() => []);
  const read = rowReader(session, values);
  const chunks: OfferedChunk[] = [];
  for (const payload of payloads) {
    const chunk = offeredChunk(payload, session, read);
    if (chunk === undefined) return undefined;
    chunks.push(chunk);
  }
  return { chunks, keyArrays: values.map((column) => `{${column.join(',')}}`) };
}

type Filled = Readonly<Record<(typeof FILLED)[number], string>>;
type RowReader = (line: string, own: Filled) => readonly [key: string, counted: string];

function offeredChunk(payload: string, { contract }: Session, read: RowReader): OfferedChunk | undefined {
  const staged = readStaged(payload, contract);
  if (staged === undefined) return undefined;
  const { rows, header } = staged;
  const texts = rows.text.split('\n');
  if (texts.pop() !== '' || texts.length !== rows.count) return undefined;
  const file = fileNo.parse(header.file_no);
  const { filled } = contract;
  const places = filled.length > 0 ? Array.from(rows.lines(), ([line]) => String(line)) : [];
  const own = (i: number) => ({ sluice_file: String(file), sluice_line: places[i] ?? '' });
  const lines =
    filled.length > 0
      ? texts.map((text, i) => [text, ...filled.map((name) => own(i)[name])].join(','))
      : texts;
  const [keys, counted]: [string[], string[]] = [[], []];
  for (const [i, text] of texts.entries()) {
    const [key, name] = read(text, own(i));
    keys.push(key);
    counted.push(name);
  }
  return { header: partsOf(payload).header, fileNo: file, rows, texts, lines, keys, counted };
}

function readStaged(...[payload, contract]: Parameters<typeof readPayload>) {
  try {
    return readPayload(payload, contract);
  } catch {
    return undefined; // The caller goes the way on which PostgreSQL says what is wrong.
  }
}

/** Reads from a line of COPY what decides about the row, and adds the values of its key to `values`. */
function rowReader({ contract, columns }: Session, values: readonly string[][]): RowReader {
  const fields = columnsOf(contract);
  const names = [...contract.key, ...(contract.countBy === null ? [] : [contract.countBy])];
  const positions = [...new Set(names.map((name) => fields.indexOf(name)))].sort((a, b) => a - b);
  const wanted = positions.filter((position) => position >= 0);
  const parts = contract.key.map((name) => ({
    filled: FILLED.find((column) => column === name),
    at: wanted.indexOf(fields.indexOf(name)),
    isUuid: columns?.get(name)?.base === 'uuid',
  }));
  const countedAt = contract.countBy === null ? -1 : wanted.indexOf(fields.indexOf(contract.countBy));
  return (line, own) => {
    const cells = cellsAt(line, wanted);
    const key = parts.map(({ filled, at, isUuid }, i) => {
      const given = filled === undefined ? (cells[at] ?? '') : own[filled];
      const text = isUuid ? given.toLowerCase() : given;
      values[i]?.push(quoted(unescaped(text)));
      return text;
    });
    // The cells have a backslash before each comma of their own.
    return [key.length === 1 ? (key[0] ?? '') : key.join(','), cells[countedAt] ?? ''];
  };
}

/** A value in the text of an array. */
function quoted(value: string): string {
  return `"${SPECIAL.test(value) ? value.replaceAll(EACH_SPECIAL, String.raw`\$&`) : value}"`;
}

const SPECIAL = /["\\]/;
const EACH_SPECIAL = /["\\]/g;
