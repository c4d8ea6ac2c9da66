import type { ChunkRef, ContractNo } from '@sluice/core';

/** The names of Sluice's own Redis keys. All share the prefix's hash tag, so that Redis Cluster keeps them together. */
export type Keys = ReturnType<typeof keysOf>;

export function keysOf(prefix: string) {
  return {
    /** Set of a feed's file versions that are closed and still in its folder: a cache of the ledger (I4). */
    checkpoint: (feed: string) =>
      feed === 'events' ? `${prefix}:checkpoint` : `${prefix}:checkpoint:${feed}`,
    /** List of references to staged chunks of one contract that no micro-batch holds yet, oldest first. */
    staged: (contract: ContractNo | null) => ofContract(`${prefix}:staged`, contract),
    /** Hash: reference of a staged chunk -> its {@link ChunkRef} and size in bytes, as JSON. */
    chunks: `${prefix}:chunks`,
    /** Hash: id of an open micro-batch -> its references, as JSON. */
    batches: `${prefix}:batches`,
    /** Hash: id of an open micro-batch -> number of its chunks whose form is too new for the worker that found them. */
    newer: `${prefix}:newer`,
    /** Hash: file number -> number of its staged chunks. */
    pending: `${prefix}:pending`,
    /**
     * Hash: `bytes` of all staged chunks, `bytes:<feed>` of those of one feed, `records:<contract>` of those in that contract's
     * staged list, `flushed_at` of the last flush of all.
     */
    totals: `${prefix}:totals`,
    /** String that expires: files of this contract were found, queued or read a moment ago. */
    busy: (contract: ContractNo | null) => ofContract(`${prefix}:busy`, contract),
    /** Hash: id of a process -> its last heartbeat, as JSON. */
    fleet: `${prefix}:fleet`,
    /** Hash: number of a process in the ledger -> when it ended in order while PostgreSQL was away, in ms since 1970. */
    ends: `${prefix}:ends`,
    /** String: the payload of one staged chunk. */
    chunk: (ref: string) => `${prefix}:chunk:${ref}`,
    /** String: written to see whether Redis takes writes. */
    probe: `${prefix}:probe`,
  } as const;
}

/** The name of a key or field of one contract. A version without contracts used the name alone, for all chunks. */
export function ofContract(name: string, contract: ContractNo | null): string {
  return contract === null ? name : `${name}:${contract}`;
}

/** The reference of a chunk. It identifies the chunk in the ledger too. */
export function refOf(chunk: Pick<ChunkRef, 'fileNo' | 'firstLine'>): string {
  return `${chunk.fileNo}/${chunk.firstLine}`;
}
