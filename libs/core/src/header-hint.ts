import type { Contract } from './contract/contract.ts';
import { columnsWithoutHeader, isInFile, placesOf, readHeader } from './contract/header.ts';
import { validatorOf } from './contract/validate.ts';
import { CsvReader, type CsvRecord, FIELDS_AT_MOST } from './csv-reader.ts';
import { hasLoneCr, LONE_CR } from './reading-hints.ts';
import type { FileRules } from './rules.ts';

/** How many records after a header that is not accepted are looked at, to find out why. */
export const LOOK_AHEAD = 20;

type Rules = Pick<FileRules, 'delimiter' | 'quoteChar' | 'comment' | 'skipRows' | 'timeZone' | 'encoding'>;

/**
 * The likely cause of a header without the needed columns, with the word of the feed to set; undefined when there is none to tell.
 * It names columns of the contract, and other names of a header only where they are much like these: without a header, the first
 * record has values, which no reason may show (I10).
 *
 * @param following the records after it, at most {@link LOOK_AHEAD}
 */
export function headerHint(
  header: CsvRecord,
  following: readonly CsvRecord[],
  contract: Contract,
  rules: Rules,
): string | undefined {
  if (hasLoneCr(header.raw)) return LONE_CR;
  if (header.fields.length === 0 && !header.broken)
    return `it has more than ${FIELDS_AT_MOST.toLocaleString('en')} columns, and Sluice reads no more`;
  return (
    otherDelimiter(header, contract, rules) ??
    laterHeader(following, contract) ??
    noHeader(header, contract, rules) ??
    brokenQuotes(header) ??
    likeNames(header, contract) ??
    otherEncoding(header, rules)
  );
}

const DELIMITERS = { ',': 'a comma', ';': 'a semicolon', '\t': 'a tab', '|': 'a bar' };

function otherDelimiter(header: CsvRecord, contract: Contract, rules: Rules): string | undefined {
  const now = matches(header.fields, contract);
  const found = Object.entries(DELIMITERS)
    .filter(([delimiter]) => delimiter !== rules.delimiter)
    .map(([delimiter, name]) => {
      const reader = new CsvReader({ ...rules, delimiter });
      const [record] = [...reader.push(header.raw), ...reader.end()].flat();
      return { delimiter, name, matched: matches(record?.fields ?? [], contract) };
    })
    .reduce((best, one) => (one.matched > best.matched ? one : best));
  if (found.matched <= now) return undefined;
  return `its fields are separated by ${found.name}: set delimiter: ${JSON.stringify(found.delimiter)}`;
}

function matches(names: readonly string[], { fields }: Contract): number {
  const plain = names.map((name) => name.trim().toLowerCase());
  return fields.filter((field) => placesOf(field, plain).length > 0).length;
}

function laterHeader(following: readonly CsvRecord[], contract: Contract): string | undefined {
  const found = following.find((record) => !('reason' in readHeader(record, contract)));
  return found && `line ${found.line} names the columns: set skipRows: ${found.line - 1}`;
}

/** A text that is nearly always a value and no name: digits, with what stands in numbers, dates and times. */
const VALUE = /^[-+]?\d[\d.,:/ +TZ-]*$|^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

function noHeader(header: CsvRecord, contract: Contract, rules: Rules): string | undefined {
  const outcome = validatorOf(contract, rules)(header, columnsWithoutHeader(contract));
  const values = header.fields.filter((field) => VALUE.test(field.trim())).length;
  if ('reject' in outcome && (values === 0 || 2 * values < header.fields.length)) return undefined;
  const skipped = rules.skipRows > 0 ? ', or a smaller skipRows if that passes over it' : '';
  return `its first line is a record: set header: false if it has no header${skipped}`;
}

function brokenQuotes({ broken }: CsvRecord): string | undefined {
  return broken ? 'its quotes are broken: set another quoteChar, or none where there are none' : undefined;
}

function likeNames({ fields: given }: CsvRecord, contract: Contract): string | undefined {
  const names = given.map((name) => name.trim().toLowerCase());
  const alike = contract.fields.flatMap((field) => {
    if (!isInFile(field) || placesOf(field, names).length > 0) return [];
    const own = given.find((name) => letters(name) === letters(field.name));
    return own === undefined ? [] : [`${JSON.stringify(own.trim())} to from of ${field.name}`];
  });
  return alike.length === 0 ? undefined : `add ${alike.join(', ')}`;
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function otherEncoding({ raw }: CsvRecord, { encoding }: Rules): string | undefined {
  if (!encoding.startsWith('utf-16') || /[a-z]/i.test(raw)) return undefined;
  return `the file does not look like ${encoding}: set another encoding, such as utf-8`;
}
