/** Words of Frictionless Data that Sluice does not have, and what to do instead. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  bareNumber: 'a value with more than a number in it is rejected: leave it out',
  categories: 'use constraints: { enum: [...] }',
  categoriesOrdered: 'use constraints: { enum: [...] }',
  commentChar: 'it is called comment',
  commentRows: 'use skipRows',
  doubleQuote: 'a quote inside a value is always doubled: leave it out',
  escapeChar: 'a quote inside a value is doubled, never escaped',
  fieldsMatch: 'use load: { unknownColumns: refuse } and optional: true of a field',
  foreignKeys: 'declare it on the table: a record without its parent is rejected as missing_parent',
  headerCase: 'the header is always matched in any case: leave it out',
  headerJoin: 'the header is one record',
  headerRows: 'use skipRows, and header: false for a file without header',
  lineTerminator: 'LF and CRLF are always understood: leave it out',
  nullSequence: 'use missingValues',
  path: 'use source and files',
  rdfType: 'it has no meaning here: leave it out',
  skipInitialSpace: 'nothing is trimmed: leave it out',
  unique: 'use primaryKey',
  uniqueKeys: 'declare it on the table, or use primaryKey',
};

/** Names that other programs have for our types. */
export const TYPE_NAMES: Readonly<Record<string, string>> = {
  any: 'string',
  bigint: 'integer',
  bool: 'boolean',
  decimal: 'number',
  double: 'number',
  email: 'string with format: email',
  float: 'number',
  int: 'integer',
  int4: 'integer',
  int8: 'integer',
  numeric: 'number',
  smallint: 'integer',
  text: 'string',
  timestamp: 'datetime',
  timestamptz: 'datetime',
  uuid: 'string with format: uuid',
  varchar: 'string',
};

/** Names that other programs have for encodings. */
export const ENCODING_NAMES: Readonly<Record<string, string>> = {
  ansi: 'windows-1252',
  ascii: 'utf-8',
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  cp1252: 'windows-1252',
  latin1: 'iso-8859-1',
  'latin-1': 'iso-8859-1',
  latin9: 'iso-8859-15',
  'utf-16': 'utf-16le',
  utf16: 'utf-16le',
  utf8: 'utf-8',
};
