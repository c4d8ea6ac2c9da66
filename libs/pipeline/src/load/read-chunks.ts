import {
  bothStrayQuotes,
  type Chunk,
  type Contract,
  exceeds,
  type FileRules,
  RowsBuilder,
  recordFile,
  recordsOf,
} from '@sluice/core';
import { printLimit } from '@sluice/process';
import { contentOf, ExpansionFault, type OpenSource } from '@sluice/source';
import { ownTurn } from './turns.ts';

/** What reading needs to know about a file. */
interface ReadFile {
  readonly name: string;
  readonly rules: FileRules;
}

/**
 * Reads, expands and decodes a file version, and cuts it into chunks. The same bytes give the same chunks (I6). The last chunk
 * has the total, the content hash, and the fault if the version could not be read completely.
 */
export async function* readChunks(
  source: OpenSource,
  { name, rules }: ReadFile,
  contract: Contract,
): AsyncGenerator<Chunk> {
  const file = recordFile(rules, contract, name);
  try {
    for await (const block of contentOf(source, name, rules.expansionLimit)) {
      yield* inTurns(file.push(block));
      if (file.fault !== null) break;
    }
  } catch (error) {
    if (!(error instanceof ExpansionFault)) throw error;
    yield* inTurns(file.fail({ reason: error.reason, detail: error.detail }));
  }
  if (file.fault === null) yield* inTurns(file.finish());
  yield await withHash(file.end(source.givenHash()), source);
}

/**
 * The first pass over a file with a limit on rejects. Returns its last chunk when the file must be quarantined as a whole;
 * undefined when it may be read, or when `stopping` fires.
 */
export async function judge(
  source: OpenSource,
  file: ReadFile,
  contract: Contract,
  stopping: AbortSignal,
): Promise<Chunk | undefined> {
  const limit = file.rules.rejectLimit;
  if (limit === null) return undefined;
  const counts = { records: 0, rejects: 0 };
  let last: Chunk | undefined;
  for await (const chunk of readChunks(source, file, contract)) {
    counts.records += recordsOf(chunk);
    counts.rejects += chunk.rejects.length;
    last = { ...chunk, strayQuotes: bothStrayQuotes(last?.strayQuotes ?? null, chunk.strayQuotes) };
    if (stopping.aborted) return undefined;
  }
  if (last === undefined || !exceeds(limit, counts)) return undefined;
  const contentHash = last.eof?.contentHash ?? null;
  const detail = `${counts.rejects} of ${counts.records} records; REJECT_LIMIT is ${printLimit(limit)}`;
  const eof = { total: 0, contentHash, quarantine: { reason: 'too_many_rejects', detail } } as const;
  return { ...last, firstLine: 1, rows: new RowsBuilder(contract).take(), rejects: [], eof };
}

/** A file with a fault was not read to its end, so its whole content is hashed here, to recognise it when it is seen again. */
async function withHash(last: Chunk, source: OpenSource): Promise<Chunk> {
  if (last.eof === null || last.eof.quarantine === null) return last;
  return { ...last, eof: { ...last.eof, contentHash: await source.wholeHash() } };
}

/** Lets other jobs, and the renewal of their locks, run between any two groups of records. */
async function* inTurns(steps: Iterable<readonly Chunk[]>): AsyncGenerator<Chunk> {
  const remaining = steps[Symbol.iterator]();
  for (;;) {
    await ownTurn();
    const step = remaining.next();
    if (step.done) return;
    yield* step.value;
  }
}
