import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind } from './kind.ts';

const HEADER =
  'Belegnummer;Position;Buchungsdatum;Erfasst am;Lieferdatum;Kundennummer;Kunde;Straße;PLZ;Ort;Land;Artikelnummer;' +
  'Bezeichnung;Menge;Einzelpreis;Rabatt;Netto;Steuer;Brutto;Bezahlt';

const COLUMNS =
  `document position booked_on recorded_at delivered_on customer_no customer street postcode city country
  article_no article quantity price discount net tax gross paid`.split(/\s+/);

const DDL = `CREATE TABLE sales (
  document varchar(40), position bigint, booked_on date NOT NULL, recorded_at timestamptz NOT NULL, delivered_on date,
  customer_no varchar(20) NOT NULL, customer varchar(100) NOT NULL, street varchar(100), postcode varchar(10),
  city varchar(60), country text, article_no varchar(20) NOT NULL, article varchar(100), quantity numeric(11, 3) NOT NULL,
  price numeric(10, 2) NOT NULL, discount numeric(5, 2), net numeric(12, 2) NOT NULL, tax numeric(12, 2) NOT NULL,
  gross numeric(12, 2) NOT NULL, paid boolean, sluice_file bigint NOT NULL, sluice_line bigint NOT NULL,
  PRIMARY KEY (document, position))`;

const CUSTOMERS = ['Müller & Söhne GmbH', 'Bäckerei Groß', 'Café Zürich AG', 'Schmidt KG', 'Jörg Weiß e. K.'];
const STREETS = ['Hauptstraße', 'Gartenweg', 'Königsallee', 'Am Bühl'];
const CITIES = ['Köln', 'München', 'Berlin', 'Zürich', 'Graz'];
const ARTICLES = ['Schraube M8, verzinkt', 'Türgriff', 'Leim 500 g', 'Dübel 8 mm', 'Sägeblatt'];
const COUNTRIES = ['DE', 'AT', 'CH'];
const DOCUMENT_LINES = 5;

/** A whole number below `of` that looks random, and is always the same for the same record and purpose. */
const pick = (n: number, purpose: number, of: number): number =>
  (Math.imul(Math.imul(n + 1, 0x9e3779b1) ^ purpose, 0x85ebca6b + 2 * purpose) >>> 8) % of;

const among = (words: readonly string[], n: number, purpose: number): string =>
  words[pick(n, purpose, words.length)] ?? '';

const two = (value: number): string => String(value).padStart(2, '0');
const decimal = (units: number, places: number): string => (units / 10 ** places).toFixed(places);
const german = (text: string): string => text.replace('.', ',').replace(/\B(?=(\d{3})+,)/g, '.');

const csvText = (text: string): string => (text.includes(',') ? `"${text}"` : text);

/** One record twice: as the German program writes it, and converted by hand for COPY. */
function record(n: number, seed: number, line: number): { sold: string; converted: string } {
  const [month, day] = [1 + pick(n, 1, 12), 1 + pick(n, 2, 24)];
  const time = `${two(pick(n, 3, 24))}:${two(pick(n, 4, 60))}:${two(pick(n, 5, 60))}`;
  // The clocks of Berlin change after the 24th of March and October, so no record has a later day.
  const offset = month >= 4 && month <= 10 ? '+02' : '+01';
  const delivered = pick(n, 6, 10) > 0;
  const later = two(1 + pick(n, 7, 28));
  const net = 100 + pick(n, 8, 900_000);
  const tax = Math.round(net * 0.19);
  const amounts = [
    decimal(1 + pick(n, 9, 2_000_000), 3),
    decimal(1 + pick(n, 10, 500_000), 2),
    pick(n, 11, 3) > 0 ? decimal(pick(n, 12, 3000), 2) : '',
    decimal(net, 2),
    decimal(tax, 2),
    decimal(net + tax, 2),
  ];
  const document = `RE-${seed}-${Math.floor(n / DOCUMENT_LINES)}`;
  const texts = [
    `K${10_000 + pick(n, 13, 5000)}`,
    among(CUSTOMERS, n, 14),
    `${among(STREETS, n, 15)} ${1 + pick(n, 16, 200)}`,
    String(10_000 + pick(n, 17, 80_000)),
    among(CITIES, n, 18),
    among(COUNTRIES, n, 19),
    `A-${pick(n, 20, 100_000)}`,
    among(ARTICLES, n, 21),
  ];
  const start = [document, String(1 + (n % DOCUMENT_LINES))];
  const isPaid = pick(n, 22, 2) > 0;
  const day1 = `${two(day)}.${two(month)}.2026`;
  const dates = [day1, `${day1} ${time}`, delivered ? `${later}.${two(month)}.2026` : ''];
  const iso = `2026-${two(month)}`;
  const isoDates = [
    `${iso}-${two(day)}`,
    `${iso}-${two(day)} ${time}${offset}`,
    delivered ? `${iso}-${later}` : '',
  ];
  return {
    sold: [...start, ...dates, ...texts, ...amounts.map(german), isPaid ? 'ja' : 'nein'].join(';'),
    converted: [
      ...start,
      ...isoDates,
      ...texts.map(csvText),
      ...amounts,
      String(isPaid),
      '1',
      String(line),
    ].join(','),
  };
}

/** Sales as a German bookkeeping program exports them. Nothing of it is a duplicate or a reject. */
export const sales: Kind = {
  what: '20 columns, decimal commas, German dates, windows-1252',
  feed: new URL('sales.yaml', import.meta.url),
  table: 'sales',
  ddl: DDL,
  // The line is a column of the proof too. The number of a file is not known before it is loaded, so COPY has 1 there.
  columns: [...COLUMNS, 'sluice_file', 'sluice_line'],
  key: ['document', 'position'],
  write(folder, prefix, { files, rows, seed }) {
    const copy: string[] = [];
    for (let file = 0; file < files; file += 1) {
      // The first record stands in line 2.
      const records = Array.from({ length: rows }, (_, i) => record(file * rows + i, seed, i + 2));
      const text = [HEADER, ...records.map(({ sold }) => sold), ''].join('\n');
      // Of the characters here, windows-1252 and ISO 8859-1 have the same bytes.
      writeFileSync(join(folder, `${prefix}_${file}.csv`), Buffer.from(text, 'latin1'));
      copy.push(records.map(({ converted }) => `${converted}\n`).join(''));
    }
    return { files, records: files * rows, rows: files * rows, copy: () => copy, rejects: [] };
  },
};
