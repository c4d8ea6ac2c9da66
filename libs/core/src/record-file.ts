import type { Contract } from './contract/contract.ts';
import { EventFile, type RecordFile } from './event-file.ts';
import { NdjsonFile } from './ndjson-file.ts';
import type { FileRules } from './rules.ts';

/**
 * The reader of one file version, by the type that its rules name.
 *
 * @param name the file's name in the ledger. Fields of the contract may have parts of it for their values
 */
export function recordFile(rules: FileRules, contract: Contract, name = ''): RecordFile {
  return rules.type === 'ndjson'
    ? new NdjsonFile(rules, contract, name)
    : new EventFile(rules, contract, name);
}
