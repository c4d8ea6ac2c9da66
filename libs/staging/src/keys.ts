import type { ChunkRef } from '@sluice/core';

/** The names of Sluice's own Redis keys. All share the prefix's hash tag, so that Redis Cluster keeps them together. */
export interface Keys {
  /** Set of the file versions that are closed and still lie in the folder: a cache of the ledger (I4). */
  readonly checkpoint: string;
  /** List of references to staged chunks that no micro-batch holds yet, oldest first. */
  readonly staged: string;
  /** Hash: reference of a staged chunk -> its {@link ChunkRef} and size in bytes, as JSON. */
  readonly chunks: string;
  /** Hash: id of an open micro-batch -> its references, as JSON. */
  readonly batches: string;
  /** Hash: id of an open micro-batch -> number of its chunks whose form is newer than a worker that met them commits. */
  readonly newer: string;
  /** Hash: file number -> number of its staged chunks. */
  readonly pending: string;
  /** Hash: `bytes` of all staged chunks, `records` of those in the staged list, `flushed_at` of the last flush of all. */
  readonly totals: string;
  /** Hash: id of a process -> its last heartbeat, as JSON. */
  readonly fleet: string;
  /** String: the payload of one staged chunk. */
  chunk(ref: string): string;
}

export function keysOf(prefix: string): Keys {
  return {
    checkpoint: `${prefix}:checkpoint`,
    staged: `${prefix}:staged`,
    chunks: `${prefix}:chunks`,
    batches: `${prefix}:batches`,
    newer: `${prefix}:newer`,
    pending: `${prefix}:pending`,
    totals: `${prefix}:totals`,
    fleet: `${prefix}:fleet`,
    chunk: (ref) => `${prefix}:chunk:${ref}`,
  };
}

/** The reference of a chunk: what identifies it in the ledger too. */
export function refOf(chunk: Pick<ChunkRef, 'fileNo' | 'firstLine'>): string {
  return `${chunk.fileNo}/${chunk.firstLine}`;
}
