import type { FileRules } from '../rules.ts';
import type { Contract } from './contract.ts';
import { nullTextOf } from './copy-line.ts';
import type { Columns } from './header.ts';
import { plainValue } from './plain-value.ts';

/** The rules that say how lines are written. */
export type LineRules = Pick<FileRules, 'delimiter' | 'quoteChar' | 'comment' | 'timeZone'>;

/** Characters that a value of any type may have. A quote that is one of them makes no line plain. */
const OF_VALUES = /[\w\s.:+,\\-]/;

/** A longer expression holds up other work when it is compiled, and is slow. */
const CHARS_AT_MOST = 5_000;

const known = new WeakMap<Contract, Map<string, RegExp | undefined>>();

/**
 * The form of a line, with its line end, that is a row and is already the row's line for COPY. It stands for a line alone: the
 * general reader would make the same text of it, and of all other lines it makes what it makes of them (I6). The form is sticky.
 * Undefined when lines of such a file are never that, because its columns are not those of the contract in their order, or its
 * values are written in another way than PostgreSQL's.
 */
export function plainLine(contract: Contract, rules: LineRules, columns: Columns): RegExp | undefined {
  const { at, width } = columns;
  const inOrder = width === at.length && at.every((place, i) => place === i);
  if (!inOrder || rules.delimiter !== ',') return undefined;
  const forms = known.get(contract) ?? new Map<string, RegExp | undefined>();
  known.set(contract, forms);
  const key = JSON.stringify([rules.quoteChar, rules.comment, rules.timeZone]);
  if (!forms.has(key)) forms.set(key, compile(contract, rules));
  return forms.get(key);
}

function compile(contract: Contract, { quoteChar, comment, timeZone }: LineRules): RegExp | undefined {
  if (quoteChar !== null && OF_VALUES.test(quoteChar)) return undefined;
  const way = { timeZone, quoteChar, nullText: nullTextOf(contract) };
  const values = contract.fields.flatMap((field) => plainValue(field, way) ?? []);
  if (values.length !== contract.fields.length) return undefined;
  const noComment = comment === null ? '' : `(?!${RegExp.escape(comment)})`;
  // An empty line is not a record.
  const noEmpty = values.length === 1 ? '(?!\\r?\\n)' : '';
  const form = `${noComment}${noEmpty}${values.join(',')}\\r?\\n`;
  return form.length > CHARS_AT_MOST ? undefined : new RegExp(form, 'y');
}
