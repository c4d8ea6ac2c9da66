import { CsvReader, type CsvRecord } from '@sluice/core';
import { ErrorWithHint } from '@sluice/process';

/** How the records of a sample are written. */
export interface Dialect {
  readonly delimiter: string;
  /** Null: quotes are ordinary characters. */
  readonly quoteChar: string | null;
  /** Lines before the header, or before the first record. */
  readonly skipRows: number;
  /** Fields of a record. */
  readonly width: number;
  /** The first record that counts: the header, if there is one. */
  readonly first: readonly string[];
  /** Records of the same width below it. */
  readonly below: readonly CsvRecord[];
  readonly lineEnds: 'LF' | 'CRLF' | 'LF and CRLF';
}

/** In the order in which they are believed when two of them cut all lines alike: commas stand in numbers and texts too. */
const DELIMITERS = ['\t', ';', '|', ','];

/**
 * Finds out how the records at the beginning of a sample are written.
 *
 * @param whole `head` is the whole sample, so its last record is complete
 * @throws {ErrorWithHint} when these are no records
 */
export function dialectOf(head: string, whole: boolean): Dialect {
  if (!head.includes('\n') && head.trimEnd().includes('\r')) {
    throw new ErrorWithHint(
      'its lines end in CR alone, as on an old Macintosh, so it would be one long line',
      `change the line ends first: tr '\\r' '\\n' < OLD > NEW`,
    );
  }
  const named = /^sep=(.)\r?\n/.exec(head)?.[1];
  const quotes = isInApostrophes(head) ? ["'"] : ['"', null];
  const cuts = quotes.flatMap((quoteChar) =>
    (named === undefined ? DELIMITERS : [named]).map((delimiter) =>
      cutOf(head, whole, { delimiter, quoteChar }),
    ),
  );
  const [best] = cuts.filter(({ width }) => width > 1).sort(believed);
  const one = { delimiter: ',', quoteChar: '"' };
  const cut = best === undefined || best.share < 0.5 ? cutOf(head, whole, one) : best;
  const first = cut.first;
  if (first === undefined) throw new ErrorWithHint('it has no records', 'name a sample that has some');
  const crlf = head.split('\r\n').length - 1;
  const all = head.split('\n').length - 1;
  return {
    delimiter: cut.marks.delimiter,
    quoteChar: cut.marks.quoteChar,
    skipRows: first.line - 1,
    width: cut.width,
    first: first.fields,
    below: cut.below,
    lineEnds: crlf === 0 ? 'LF' : crlf === all ? 'CRLF' : 'LF and CRLF',
  };
}

type Marks = Pick<Dialect, 'delimiter' | 'quoteChar'>;

/** What a delimiter and a quote make of the head of a sample. */
interface Cut {
  readonly marks: Marks;
  readonly width: number;
  /** The share of records that have this width. */
  readonly share: number;
  readonly first: CsvRecord | undefined;
  readonly below: readonly CsvRecord[];
  /** How many records stand before the first one. */
  readonly before: number;
}

/** Apostrophes stand around values, and no quotes stand anywhere. */
function isInApostrophes(head: string): boolean {
  return !head.includes('"') && /^'[^'\n]*'[\t;|,]|[\t;|,]'[^'\n]*'\r?$/m.test(head);
}

function cutOf(head: string, whole: boolean, marks: Marks): Cut {
  const csv = new CsvReader(marks);
  const records = [...csv.push(head), ...(whole ? csv.end() : [])].flat();
  const counts = new Map<number, number>();
  for (const { fields } of records) counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1);
  counts.delete(0);
  const [width, count] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [0, 0];
  const before = records.findIndex((record) => record.fields.length === width && !isTitle(record));
  const below = records.slice(before + 1).filter(({ fields }) => fields.length === width);
  const share = count / Math.max(1, records.length);
  return { marks, width, share, first: records[before], below, before };
}

/** A line of a spreadsheet above the table, which the export filled up with delimiters. */
function isTitle({ fields }: CsvRecord): boolean {
  if (/^sep=/.test(fields[0] ?? '')) return true;
  return fields.length > 2 && fields.filter((field) => field.trim() !== '').length < 2;
}

function believed(a: Cut, b: Cut): number {
  const rough = ({ share }: Cut) => Math.round(share * 20);
  return rough(b) - rough(a) || a.before - b.before || rankOf(a) - rankOf(b);
}

function rankOf({ marks: { delimiter, quoteChar } }: Cut): number {
  return DELIMITERS.indexOf(delimiter) + (quoteChar === null ? DELIMITERS.length : 0);
}
