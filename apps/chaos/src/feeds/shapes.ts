import type { Random } from '../random.ts';

/** One record of a lab feed as its file has it, and the row that must come of it, as {@link Shape.row} reads it. */
export interface LabRecord {
  readonly line: string;
  /** Undefined when the record can only be a reject, with this code. */
  readonly row: string | undefined;
  readonly code: string | undefined;
}

/** A kind of file besides the events: its feed, its table, and the records of its files. */
export interface Shape {
  readonly name: string;
  readonly mode: 'first' | 'keep';
  /** The text of its YAML after the first lines, which are the same for all. */
  readonly yaml: string;
  readonly table: string;
  readonly header: string;
  /** SQL: the columns of a row as one text. */
  readonly row: string;
  readonly encode: (text: string) => Buffer;
  /** The record of number `n`. The same number always gives the same record. */
  readonly record: (n: number, random: Random) => LabRecord;
}

const utf8 = (text: string): Buffer => Buffer.from(text);
const two = (n: number): string => String(n).padStart(2, '0');
const good = (line: string, ...cells: readonly (string | number)[]): LabRecord => ({
  line,
  row: cells.join('|'),
  code: undefined,
});
const bad = (line: string, code: string): LabRecord => ({ line, row: undefined, code });

/** Semicolons, decimal commas, German dates, a key of two columns. */
const lines: Shape = {
  name: 'lines',
  mode: 'first',
  header: 'OrderID;line;ordered on;amount',
  yaml: `format: { delimiter: ";" }
schema:
  primaryKey: [order_no, line_no]
  fields:
    - { name: order_no, type: string, from: [OrderID], constraints: { required: true, maxLength: 40 } }
    - { name: line_no, type: integer, from: [line], constraints: { required: true, minimum: 1 } }
    - { name: ordered_on, type: date, format: "%d.%m.%Y", from: ["ordered on"], constraints: { required: true } }
    - { name: amount, type: number, decimalChar: ",", groupChar: ".", digits: [10, 2] }
load: { duplicates: first, cleanSource: "\${CLEAN_SOURCE}" }
`,
  table: `CREATE TABLE lines (order_no VARCHAR(40) NOT NULL, line_no BIGINT NOT NULL, ordered_on DATE NOT NULL,
    amount NUMERIC(12, 2), sluice_file BIGINT NOT NULL, sluice_line BIGINT NOT NULL, PRIMARY KEY (order_no, line_no))`,
  row: "concat_ws('|', order_no, line_no, to_char(ordered_on, 'YYYY-MM-DD'), amount)",
  encode: utf8,
  record: (n) => {
    const [order, line] = [`A-${Math.floor(n / 3)}`, (n % 3) + 1];
    const [day, month] = [(n % 28) + 1, (n % 12) + 1];
    const cells = [order, line, `${two(day)}.${two(month)}.2026`, `1.${two(n % 100)}0,5`] as const;
    if (n % 50 === 7) return bad(cells.with(2, '31.02.2026').join(';'), 'invalid_date');
    if (n % 50 === 9) return bad(cells.with(3, '1.50,5').join(';'), 'invalid_decimal');
    return good(cells.join(';'), order, line, `2026-${two(month)}-${two(day)}`, `1${two(n % 100)}0.50`);
  },
};

/** No key: each record is a row. Tabs and windows-1252. */
const readings: Shape = {
  name: 'readings',
  mode: 'keep',
  header: 'sensor\tvalue\tstate',
  yaml: `format: { delimiter: "\\t", encoding: windows-1252 }
schema:
  fields:
    - { name: sensor, type: string, constraints: { required: true } }
    - { name: value, type: number, decimalChar: "," }
    - { name: state, type: boolean, trueValues: [ja], falseValues: [nein], missingValues: ["", "-"] }
load: { duplicates: keep, cleanSource: "\${CLEAN_SOURCE}" }
`,
  table: `CREATE TABLE readings (sensor TEXT NOT NULL, value NUMERIC, state BOOLEAN,
    sluice_file BIGINT NOT NULL, sluice_line BIGINT NOT NULL, PRIMARY KEY (sluice_file, sluice_line))`,
  row: "concat_ws('|', sluice_line, sensor, value, coalesce(state::text, '-'))",
  encode: (text) => Buffer.from(text, 'latin1'),
  record: (n) => {
    const state = (['ja', 'nein', '-'] as const)[n % 3] ?? '-';
    const line = `Fühler ${n % 5}\t-${n % 7},25\t${state}`;
    if (n % 40 === 3) return bad(`${line}\tmore`, 'field_count');
    const stored = { ja: 'true', nein: 'false', '-': '-' }[state];
    return good(line, `Fühler ${n % 5}`, `-${n % 7}.25`, stored);
  },
};

/** A partitioned table, and UTF-16. */
const parcels: Shape = {
  name: 'parcels',
  mode: 'first',
  header: '"parcel","weight","sent at"',
  yaml: `schema:
  primaryKey: [parcel]
  fields:
    - { name: parcel, type: integer, constraints: { required: true } }
    - { name: weight, type: number, digits: [5, 3], unsigned: true }
    - { name: sent_at, type: datetime, format: "%m/%d/%Y %H:%M UTC", from: [sent at] }
load: { duplicates: first, cleanSource: "\${CLEAN_SOURCE}" }
`,
  table: `CREATE TABLE parcels (parcel BIGINT PRIMARY KEY, weight NUMERIC(8, 3), sent_at TIMESTAMPTZ,
      sluice_file BIGINT NOT NULL, sluice_line BIGINT NOT NULL) PARTITION BY HASH (parcel);
    CREATE TABLE parcels_0 PARTITION OF parcels FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE parcels_1 PARTITION OF parcels FOR VALUES WITH (MODULUS 2, REMAINDER 1)`,
  row: "concat_ws('|', parcel, weight, to_char(sent_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'))",
  encode: (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  record: (n) => {
    const [day, hour] = [two((n % 28) + 1), two(n % 24)];
    const line = `"${n}","${n % 90}.125","02/${day}/2026 ${hour}:30 UTC"`;
    if (n % 60 === 5) return bad(line.replace(':30', ':61'), 'invalid_timestamp');
    return good(line, n, `${n % 90}.125`, `2026-02-${day} ${hour}:30`);
  },
};

/** A domain, an enum, an array, a text without case and a foreign key. The key is the text without case. */
const members: Shape = {
  name: 'members',
  mode: 'first',
  header: 'mail|age|grade|tags|town',
  yaml: `format: { delimiter: "|" }
schema:
  primaryKey: [mail]
  fields:
    - { name: mail, type: string, format: email, constraints: { required: true } }
    - { name: age, type: integer }
    - { name: grade, type: string }
    - { name: tags, type: string }
    - { name: town, type: integer }
load: { duplicates: first, cleanSource: "\${CLEAN_SOURCE}" }
`,
  table: `CREATE EXTENSION IF NOT EXISTS citext;
    CREATE DOMAIN age AS INT CHECK (VALUE < 150);
    CREATE TYPE grade AS ENUM ('low', 'high');
    CREATE TABLE towns (town INT PRIMARY KEY);
    INSERT INTO towns SELECT generate_series(0, 8);
    CREATE TABLE members (mail CITEXT PRIMARY KEY, age AGE, grade GRADE, tags TEXT[], town INT REFERENCES towns,
      sluice_file BIGINT NOT NULL, sluice_line BIGINT NOT NULL)`,
  row: "concat_ws('|', lower(mail::text), age, grade, tags::text, town)",
  encode: utf8,
  record: (n, random) => {
    const name = `M${n}@example.org`;
    // One key in two spellings: PostgreSQL decides that they are the same.
    const mail = random.next() < 0.5 ? name : name.toLowerCase();
    const [age, grade, tags, town] = [n % 90, n % 2 === 0 ? 'low' : 'high', `{a,b${n % 4}}`, n % 9];
    const line = (...cells: readonly (string | number)[]) => [mail, ...cells].join('|');
    if (n % 70 === 4) return bad(line(200, grade, tags, town), 'refused_by_database');
    if (n % 70 === 6) return bad(line(age, grade, tags, 9), 'missing_parent');
    return good(line(age, grade, tags, town), name.toLowerCase(), age, grade, tags, town);
  },
};

/** The feeds besides the events, in the order in which `--feeds` adds them. */
export const SHAPES: readonly Shape[] = [lines, readings, parcels, members];
