import { type Chunk, type ContractNo, type FileNo, recordsOf } from '@sluice/core';

/**
 * The version of the form of a staged chunk. It comes first in a payload, so that a worker never misreads another form. It is
 * raised whenever the output of {@link encodeChunk} changes: `chunk-forms.test.ts` has each form and fails otherwise.
 */
export const CHUNK_VERSION = 5;

/** The times of a chunk's stages so far, as ISO 8601 text. */
export interface ChunkTimes {
  readonly queuedAt: string;
  readonly parsedAt: string;
}

/**
 * Encodes a chunk once: a line of JSON with all but the values of its rows, for the statements of the commit, and then its rows, as
 * the lines that COPY takes. The time of staging is added later, at the front, because a chunk may wait long for room in staging.
 */
export function encodeChunk(
  { fileNo, contractNo }: { readonly fileNo: FileNo; readonly contractNo: ContractNo | null },
  chunk: Chunk,
  times: ChunkTimes,
): (stagedAt: string) => string {
  const header = JSON.stringify({
    file_no: fileNo,
    contract: contractNo,
    first_line: chunk.firstLine,
    last_line: chunk.lastLine,
    records: recordsOf(chunk),
    columns_at: chunk.header?.at ?? null,
    columns: chunk.header?.width ?? null,
    stray_quotes: chunk.strayQuotes?.count ?? 0,
    stray_quote_at: chunk.strayQuotes && [chunk.strayQuotes.line, chunk.strayQuotes.lastLine],
    total: chunk.eof?.total ?? null,
    content_hash: chunk.eof?.contentHash ?? null,
    quarantine: chunk.eof?.quarantine?.reason ?? null,
    quarantine_detail: chunk.eof?.quarantine?.detail ?? null,
    queued_at: times.queuedAt,
    parsed_at: times.parsedAt,
    places: chunk.rows.places,
    rejects: chunk.rejects,
  });
  const rows = chunk.rows.text;
  return (stagedAt) => `{"v":${CHUNK_VERSION},"staged_at":"${stagedAt}",${header.slice(1)}\n${rows}`;
}

/** The two parts of a payload. */
export function partsOf(payload: string): { readonly header: string; readonly rows: string } {
  const end = payload.indexOf('\n');
  return end < 0
    ? { header: payload, rows: '' }
    : { header: payload.slice(0, end), rows: payload.slice(end + 1) };
}

/** The form of a staged payload compared with this program's form. A payload without a version counts as older. */
type PayloadForm = 'own' | 'older' | 'newer';

/** The form of a staged payload, read from its first characters. */
export function formOf(payload: string): PayloadForm {
  const form = Number(/^\{"v":(\d+)/.exec(payload)?.[1] ?? 0);
  if (form === CHUNK_VERSION) return 'own';
  return form < CHUNK_VERSION ? 'older' : 'newer';
}
