/** Kinds of real file, as small samples, and what their feed must say. */
export interface SampleFile {
  readonly kind: string;
  /** By name: the content of each sample. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** What the rules of the feed must have. */
  readonly format?: Readonly<Record<string, unknown>>;
  /** What these fields must have. */
  readonly fields: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Null: a person has to say. */
  readonly key: readonly string[] | null;
  /** Columns with a question, and the answer with which the sample is loaded. */
  readonly answers?: Readonly<Record<string, string>>;
  /** Lines that are announced as rejects. */
  readonly rejects?: readonly number[];
}

const required = { constraints: { required: true } };
const lines = (...all: readonly string[]) => `${all.join('\n')}\n`;
const many = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i + 1));
const two = (n: number) => String(n).padStart(2, '0');
/** ASCII, but for letters that have one byte in windows-1252. */
const latin1 = (text: string) => Buffer.from(text, 'latin1');

const PEOPLE = ['Jürgen Groß', 'Zoë Müller', 'José Peña', 'Anna Böhm'];

export const SAMPLE_FILES: readonly SampleFile[] = [
  {
    kind: 'semicolons and decimal commas',
    files: { 'umsatz_2025-12.csv': lines('Beleg-Nr;Betrag', 'R1;12,50', 'R2;0,99', 'R3;1200,00') },
    format: { delimiter: ';' },
    fields: {
      beleg_nr: { type: 'string', from: ['Beleg-Nr'] },
      betrag: { type: 'number', decimalChar: ',', digits: [10, 2], ...required },
    },
    key: ['beleg_nr'],
  },
  {
    kind: 'tabs, and commas and semicolons in texts',
    files: { 'notes.csv': lines('id\ttext', '1\ta, b; c', '2\td, e; f', '3\tg, h; i') },
    format: { delimiter: '\t' },
    fields: { id: { type: 'integer', ...required }, text: { type: 'string' } },
    key: ['id'],
  },
  {
    kind: 'windows-1252',
    files: {
      'kunden.csv': latin1(
        lines('Kunden-Nr;Größe;Straße', ...PEOPLE.map((name, i) => `${i + 1};${i};${name}`)),
      ),
    },
    format: { delimiter: ';', encoding: 'windows-1252' },
    fields: {
      kunden_nr: { type: 'integer' },
      groesse: { type: 'integer', from: ['Größe'] },
      strasse: { type: 'string', from: ['Straße'] },
    },
    key: ['kunden_nr'],
  },
  {
    kind: 'UTF-16 with its mark',
    files: {
      'export.csv': Buffer.from(
        `\ufeff${lines('id,name', ...PEOPLE.map((name, i) => `${i + 1},${name}`))}`,
        'utf16le',
      ),
    },
    format: { encoding: 'utf-8' },
    fields: { id: { type: 'integer' }, name: { type: 'string' } },
    key: ['id'],
  },
  {
    kind: 'UTF-16 without a mark',
    files: {
      'export.csv': Buffer.from(lines('id,name', ...PEOPLE.map((name, i) => `${i + 1},${name}`)), 'utf16le'),
    },
    format: { encoding: 'utf-16le' },
    fields: { id: { type: 'integer' }, name: { type: 'string' } },
    key: ['id'],
  },
  {
    kind: 'a byte order mark and CRLF',
    files: { 'excel.csv': `\ufeff${lines('id,ok', '1,yes', '2,no', '3,yes').replaceAll('\n', '\r\n')}` },
    fields: { id: { type: 'integer' }, ok: { type: 'boolean', trueValues: ['yes'], falseValues: ['no'] } },
    key: ['id'],
  },
  {
    kind: 'lines before the header',
    files: {
      'report.csv': lines(
        'Sales report',
        'Made on: 2025-12-31, by Anna',
        '',
        'order_id,shop,sold',
        '7,Bonn,3',
        '8,Köln,4',
        '9,Bonn,12',
      ),
    },
    format: { skipRows: 3 },
    fields: { order_id: { type: 'integer' }, shop: { type: 'string' }, sold: { type: 'integer' } },
    key: ['order_id'],
  },
  {
    kind: 'a title that a spreadsheet filled up with delimiters, and sep=',
    files: {
      'sheet.csv': lines('sep=;', 'Sales;;', 'order_id;shop;sold', '7;Bonn;3', '8;Rom;4', '9;Bonn;12'),
    },
    format: { delimiter: ';', skipRows: 2 },
    fields: { order_id: { type: 'integer' }, shop: { type: 'string' }, sold: { type: 'integer' } },
    key: ['order_id'],
  },
  {
    kind: 'no header',
    files: { 'raw.csv': lines('1,2025-01-31,a', '2,2025-02-28,b', '3,2025-03-31,a') },
    format: { header: false },
    fields: { column_1: { type: 'integer' }, column_2: { type: 'date' }, column_3: { type: 'string' } },
    key: null,
    answers: { primaryKey: 'column_1' },
  },
  {
    kind: 'everything quoted, with quotes, delimiters and line ends inside',
    files: {
      'quoted.csv': lines(
        '"id","text","price"',
        '"1","a ""b"", c","1.50"',
        '"2","two\nlines","2.25"',
        '"3","","10.00"',
      ),
    },
    fields: { id: { type: 'integer' }, text: { type: 'string' }, price: { type: 'number', digits: [10, 2] } },
    key: ['id'],
  },
  {
    kind: 'apostrophes around values',
    files: { 'a.csv': lines("'id','name','price'", "'1','a, b','1.50'", "'2','it''s','2.25'") },
    format: { quoteChar: "'" },
    fields: { id: { type: 'integer' }, name: { type: 'string' }, price: { type: 'number' } },
    key: ['id'],
  },
  {
    kind: 'quotes that mean inches',
    files: { 'a.csv': lines('id|pipe', '1|5" pipe', '2|3" pipe', '3|long pipe') },
    format: { quoteChar: null },
    fields: { id: { type: 'integer' }, pipe: { type: 'string' } },
    key: ['id'],
  },
  {
    kind: 'dates as 31.12.2025',
    files: {
      'a.csv': lines(
        'id;am;um',
        '1;31.12.2025;31.12.2025 08:30',
        '2;01.02.2025;01.02.2025 23:59',
        '3;;03.02.2025 00:00',
      ),
    },
    fields: {
      am: { type: 'date', format: '%d.%m.%Y' },
      um: { type: 'datetime', format: '%d.%m.%Y %H:%M', ...required },
    },
    key: ['id'],
  },
  {
    kind: 'dates as 12/31/2025',
    files: { 'a.csv': lines('id,on', '1,12/31/2025', '2,01/02/2025', '3,02/03/2025') },
    fields: { on: { type: 'date', format: '%m/%d/%Y' } },
    key: ['id'],
  },
  {
    kind: 'dates of which nobody can say the day',
    files: { 'a.csv': lines('id,on', '1,12/11/2025', '2,01/02/2025', '3,02/03/2025') },
    fields: { on: { type: 'date', format: '%d/%m/%Y' } },
    key: ['id'],
    answers: { on: '"%d/%m/%Y"' },
  },
  {
    kind: 'years of two digits',
    files: { 'a.csv': lines('id,on', '1,31.12.25', '2,01.02.99') },
    fields: { on: { type: 'date', format: '%d.%m.%y' } },
    key: ['id'],
    answers: { on: '"%d.%m.%y"' },
  },
  {
    kind: 'times in ISO form with a zone, and with UTC behind',
    files: {
      'a.csv': lines(
        'id,iso,utc',
        '1,2025-12-31T08:30:00+01:00,2025-12-31 08:30:00 UTC',
        '2,2025-12-31T08:30:00.5Z,2025-01-31 08:30:00 UTC',
      ),
    },
    fields: {
      iso: { type: 'datetime', ...required },
      utc: { type: 'datetime', format: '%Y-%m-%d %H:%M:%S UTC', timezone: 'UTC' },
    },
    key: ['id'],
  },
  {
    kind: 'ja and nein, 0 and 1, J and N',
    files: { 'a.csv': lines('id,da,bit,jn', '1,ja,0,J', '2,Nein,1,N', '3,ja,1,J') },
    fields: {
      da: { type: 'boolean', trueValues: ['ja'], falseValues: ['Nein'] },
      bit: { type: 'integer' },
      jn: { type: 'boolean', trueValues: ['J'], falseValues: ['N'] },
    },
    key: ['id'],
  },
  {
    kind: 'empty, NULL and - for no value',
    files: {
      'a.csv': lines('id,count,on,sign', '1,5,2025-12-31,+', '2,NULL,,-', '3,-,2025-12-30,+', '4,,NULL,-'),
    },
    fields: {
      count: { type: 'integer', missingValues: ['', 'NULL', '-'] },
      on: { type: 'date', missingValues: ['', 'NULL'] },
      sign: { type: 'string', missingValues: ['', 'NULL'], ...required },
    },
    key: ['id'],
  },
  {
    kind: 'a composite key',
    files: {
      'lines_0815.csv': lines(
        'OrderID,pos,product,qty',
        ...many(30, (i) => `A${i % 10},${Math.ceil(i / 10)},x${i},1`),
      ),
    },
    fields: {
      order_id: { type: 'string', from: ['OrderID'] },
      pos: { type: 'integer' },
      product: { type: 'string' },
    },
    key: ['order_id', 'pos'],
  },
  {
    kind: 'no key',
    files: { 'readings.csv': lines('sensor,value', 'a,1.5', 'a,1.5', 'b,2.25', 'a,1.5') },
    fields: { sensor: { type: 'string', ...required }, value: { type: 'number' } },
    key: null,
    answers: { primaryKey: 'keep' },
  },
  {
    kind: '60 columns',
    files: {
      'wide.csv': lines(
        ['id', ...many(59, (i) => `Wert ${i}`)].join('|'),
        ...many(50, (r) => [r, ...many(59, (c) => `${(r * c) % 7}`)].join('|')),
      ),
    },
    format: { delimiter: '|' },
    fields: { id: { type: 'integer' }, wert_59: { type: 'integer', from: ['Wert 59'] } },
    key: ['id'],
  },
  {
    kind: 'thousands separators',
    files: {
      'a.csv': lines(
        'id;de;us;ch;fr',
        "1;1.234.567,89;1,234.50;1'234.50;1 234",
        '2;12,5;12.25;12.50;12 345 678',
        '3;1.234,00;1,000,000.00;0.50;7',
      ),
    },
    fields: {
      de: { type: 'number', decimalChar: ',', groupChar: '.', digits: [10, 2] },
      us: { type: 'number', groupChar: ',' },
      ch: { type: 'number', groupChar: "'" },
      fr: { type: 'integer', groupChar: ' ' },
    },
    key: ['id'],
  },
  {
    kind: '1.234, of which nobody can say what it is',
    files: { 'a.csv': lines('id,weight', '1,1.234', '2,2.500', '3,12.750') },
    fields: { weight: { type: 'number', digits: [10, 3] } },
    key: ['id'],
    answers: { weight: '"."' },
  },
  {
    kind: 'negative amounts',
    files: { 'a.csv': lines('id,amount,change', '1,-12.50,-1', '2,12.50,5', '3,-0.01,-7') },
    fields: { amount: { type: 'number' }, change: { type: 'integer' } },
    key: ['id'],
  },
  {
    kind: 'a line of totals at the end',
    files: {
      'a.csv': lines(
        'Order No;Datum;Betrag',
        ...many(20, (i) => `A-${i};${two(i)}.01.2025;${i},25`),
        'Summe;;215,00',
      ),
    },
    fields: {
      order_no: { type: 'string', ...required },
      datum: { type: 'date', format: '%d.%m.%Y', ...required },
      betrag: { type: 'number', ...required },
    },
    key: ['order_no'],
    rejects: [22],
  },
  {
    kind: 'sums without a word at the end',
    files: {
      'a.csv': lines('id;day;amount', ...many(30, (i) => `${i};2025-01-${two(i)};${i},25`), ';;472,50'),
    },
    fields: { id: { type: 'integer', ...required }, day: { type: 'date', ...required } },
    key: ['id'],
    rejects: [32],
  },
  {
    kind: 'a few values that are not like the others, and records that are no records',
    files: {
      'a.csv': lines(
        'id,n',
        ...many(300, (i) => `${i},${i === 150 ? 'broken' : i * 3}`),
        'the end',
        '"x"y,1',
      ),
    },
    fields: { id: { type: 'integer' }, n: { type: 'integer', ...required } },
    key: ['id'],
    rejects: [151, 302, 303],
  },
  {
    kind: 'a column that is absent from one sample',
    files: { 'orders_1.csv': lines('id,note', '1,a', '2,b'), 'orders_2.csv': lines('ID', '3', '4') },
    fields: { id: { type: 'integer' }, note: { type: 'string', optional: true } },
    key: ['id'],
  },
  {
    kind: 'other names for a column',
    files: {
      'orders_a.csv': lines('OrderID,amount', '1,1.5', '2,2.5'),
      'orders_b.csv': lines('Order No,amount', '3,3.5'),
    },
    fields: { order_id: { type: 'integer', from: ['OrderID', 'Order No'] }, amount: { type: 'number' } },
    key: ['order_id'],
  },
  {
    kind: 'ids in the form of a UUID, codes with zeros in front, and numbers that are too large',
    files: {
      'a.csv': lines(
        'Event,PLZ,ean',
        '6F9619FF-8B86-4011-B42D-00C04FC964F1,01067,12345678901234567890',
        '6f9619ff-8b86-4011-b42d-00c04fc964f2,53111,12345678901234567890',
      ),
    },
    fields: { event: { type: 'string', format: 'uuid' }, plz: { type: 'string' }, ean: { type: 'string' } },
    key: ['event'],
  },
];
