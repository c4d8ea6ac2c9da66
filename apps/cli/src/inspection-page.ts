import { type Inspection, outlierLine } from '@sluice/feeds';
import { counted, fitted, printable, table, wrapped } from './printable.ts';
import type { Screen } from './screen.ts';

type Field = Inspection['fields'][number];

/** What was seen of samples: how they are written, a line for each column, and what would be rejected. No values. */
export function inspectionPage(
  found: Inspection,
  { style, columns }: Pick<Screen, 'style' | 'columns'>,
): string {
  const { files, records, fields, outliers, notes } = found;
  const [head = '', ...lines] = table([
    ['column', 'type', 'seen'],
    ...fields.map((field) => [printable(field.name), typeText(field), printable(field.seen.join(', '))]),
  ]).map((line) => `  ${fitted(line, columns - 3)}`);
  return [
    `${style(['bold', 'cyan'], files.map(printable).join(', '))}`,
    ...wrapped(
      `${counted(records, 'record')}, ${counted(fields.length, 'column')}; ${writtenAs(found)}`,
      columns - 1,
    ),
    '',
    style('bold', head),
    ...lines,
    ...(outliers.length + notes.length > 0 ? [''] : []),
    ...outliers.flatMap((outlier) =>
      wrapped(printable(outlierLine(outlier, files)), columns - 1).map((line) => style('yellow', line)),
    ),
    ...notes.flatMap((note) =>
      wrapped(`Note: ${printable(note)}.`, columns - 1).map((line) => style('yellow', line)),
    ),
  ].join('\n');
}

const NAMES: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'bars',
  ' ': 'spaces',
};

/** How the samples are written, in a sentence. */
function writtenAs({ dialect, encoding = 'UTF-8', header }: Inspection): string {
  const { delimiter, quoteChar, skipRows, lineEnds } = dialect;
  return [
    `${NAMES[delimiter] ?? JSON.stringify(delimiter)} between fields`,
    encoding,
    `lines end in ${lineEnds}`,
    ...(skipRows > 0
      ? [`${counted(skipRows, 'line')} before the ${header === false ? 'records' : 'header'}`]
      : []),
    ...(header === false ? ['no header'] : []),
    ...(quoteChar === '"' ? [] : [quoteChar === null ? 'no quotes' : `quotes are ${quoteChar}`]),
  ].join(', ');
}

/** The type of a column, with the form of its values. */
function typeText({ words, required }: Field): string {
  const { type, format, decimalChar = '.', groupChar = '', trueValues, falseValues } = words;
  const pair = [trueValues, falseValues].map((list) => (Array.isArray(list) ? list.join(' ') : '')).join('/');
  const form =
    type === 'number'
      ? decimalChar === '?'
        ? '?'
        : `1${groupChar}234${decimalChar}5`
      : type === 'integer'
        ? groupChar && `1${groupChar}234`
        : type === 'boolean'
          ? pair
          : (format ?? '');
  return printable(`${type}${form ? ` ${form}` : ''}${required ? '' : ', or nothing'}`);
}
