import { type Contract, type Load, validatorOf } from '@sluice/core';
import { messageOf } from '@sluice/process';
import { FROM_NAME } from './files.ts';

/** A field whose constant its own type does not take. */
export interface WrongConstant {
  /** The place of the field in the contract. */
  readonly index: number;
  readonly expected: string;
}

/** Reads each constant as a value of its field. Otherwise every file of the feed would be quarantined. */
export function wrongConstants({ contract, rules }: Load): WrongConstant[] {
  return contract.fields.flatMap((field, index) => {
    const { value } = field;
    if (value === undefined || FROM_NAME.test(value)) return [];
    const expected = refusalOf({ ...contract, fields: [field] }, rules);
    return expected === undefined ? [] : [{ index, expected }];
  });
}

/** What the validator says against a record without any column of the file. */
function refusalOf(contract: Contract, rules: Load['rules']): string | undefined {
  const record = { line: 1, lastLine: 1, fields: [], raw: '', broken: false };
  try {
    const outcome = validatorOf(contract, rules)(record, { at: [-1], width: 0 });
    return 'reject' in outcome ? outcome.reject.expected : undefined;
  } catch (error) {
    return messageOf(error);
  }
}
