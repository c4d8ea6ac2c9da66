import type { Sql } from '@sluice/ledger';
import { ClaimedFile, type Offer } from './claimed-file.ts';
import type { Findings } from './findings.ts';
import {
  type ChunkRecord,
  type EventRecord,
  readChunks,
  readConflicts,
  readDeadlocks,
  readEvents,
  readFiles,
  readRejects,
  readSums,
} from './record.ts';
import type { Version, Written } from './written.ts';

/**
 * Compares what PostgreSQL holds with what the lab wrote, with statements of the lab's own. A version that the lab changed
 * or removed may have been loaded in part. Then exactly those lines must be loaded that the ledger has claimed.
 */
export async function judgeRows(sql: Sql, written: Written, findings: Findings): Promise<void> {
  const files = claimedFiles(written, await readFiles(sql), await readChunks(sql), findings);
  judgeCompleteness(written, files, findings);
  const offers = new Map<string, Offer[]>();
  for (const file of files) for (const offer of file.offers()) addTo(offers, offer);
  for await (const page of readEvents(sql)) for (const event of page) judgeEvent(event, offers, findings);
  for (const [, [offer]] of offers)
    if (offer !== undefined) findings.breach('missing', offer.file.at(offer.line));
  await judgeCounts(sql, files, findings);
  await judgeSums(sql, findings);
}

/** Pairs each version in the ledger with the version that the lab wrote. A version that the lab did not write is a breach. */
function claimedFiles(
  written: Written,
  files: Awaited<ReturnType<typeof readFiles>>,
  chunks: readonly ChunkRecord[],
  findings: Findings,
): ClaimedFile[] {
  const versions = new Map(written.versions.map((version) => [keyOf(version), version]));
  const byFile = Map.groupBy(chunks, ({ fileNo }) => fileNo);
  return files.flatMap((file) => {
    // A file gets a number after its name if the name was taken when it came back into the folder.
    const version =
      versions.get(keyOf(file)) ?? versions.get(keyOf({ ...file, name: withoutNumber(file.name) }));
    findings.expect('extra', version !== undefined, () => `${file.name}: a version that nobody wrote`);
    return version === undefined ? [] : [new ClaimedFile(file, version, byFile.get(file.fileNo) ?? [])];
  });
}

export const withoutNumber = (name: string): string => name.replace(/~\d+(?=\.csv(\.gz)?$)/, '');

const keyOf = ({ name, token }: Pick<Version, 'name' | 'token'>): string => `${token}|${name}`;

/** Versions that stayed in the folder must be closed. All others must be closed or gone. */
function judgeCompleteness(written: Written, files: readonly ClaimedFile[], findings: Findings): void {
  const closed = new Set(files.filter(({ file }) => file.closed).map(({ version }) => version));
  for (const version of written.lasting)
    findings.expect('complete', closed.has(version), () => `${version.name}: not complete`);
  for (const { file, version } of files) {
    findings.expect('complete', file.closed || file.gone, () => `${file.name}: open`);
    const quarantine = version.quarantine ?? null;
    if (file.closed && file.sameAs === null)
      findings.expect('complete', file.quarantine === quarantine, () => `${file.name}: ${file.quarantine}`);
  }
  for (const file of files) file.judgeClaims(findings);
}

function addTo(offers: Map<string, Offer[]>, offer: Offer): void {
  const found = offers.get(offer.id);
  if (found === undefined) offers.set(offer.id, [offer]);
  else found.push(offer);
}

/**
 * Judges one row of the table. It must come from the first of the records that its commit claimed, and that decides what the
 * other records count as. Ids without a row stay in `offers`.
 */
function judgeEvent(event: EventRecord, offers: Map<string, Offer[]>, findings: Findings): void {
  const own = offers.get(event.id);
  findings.expect('extra', own !== undefined, () => `${event.id}: a row that no claimed record brought`);
  findings.checked('missing');
  if (own === undefined) return;
  offers.delete(event.id);
  const [origin] = own
    .filter(({ committedAt }) => committedAt === event.at)
    .sort((a, b) => a.file.file.fileNo - b.file.file.fileNo || a.line - b.line);
  const where = () => own.map(({ file, line }) => file.at(line)).join(', ');
  findings.expect('origin', origin !== undefined, where);
  findings.expect(
    'wrong',
    own.some((offer) => offer.values === event.values && (origin === undefined || offer === origin)),
    where,
  );
  for (const offer of own) offer.file.count(offer, origin, event.values);
}

async function judgeCounts(sql: Sql, files: readonly ClaimedFile[], findings: Findings): Promise<void> {
  const rejects = await readRejects(sql);
  const conflicts = await readConflicts(sql);
  for (const file of files) {
    const { fileNo } = file.file;
    file.judgeCounts(
      { rejects: rejects.get(fileNo) ?? [], conflicts: conflicts.get(fileNo) ?? [] },
      findings,
    );
  }
}

async function judgeSums(sql: Sql, findings: Findings): Promise<void> {
  const deadlocks = await readDeadlocks(sql);
  findings.expect('deadlocks', deadlocks === 0, () => `${deadlocks} times`);
  const { files, commits, table } = await readSums(sql);
  findings.expect('sums', files.inserted === table, () => `ledger ${files.inserted}, table ${table}`);
  for (const name of ['records', 'inserted', 'duplicates', 'conflicts', 'rejects'] as const)
    findings.expect('sums', files[name] === commits[name], () => `${name} of files and of commits`);
}
