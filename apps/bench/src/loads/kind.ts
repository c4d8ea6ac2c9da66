/** How many files, and of how many rows. The same seed gives the same rows. */
export interface Size {
  readonly files: number;
  readonly rows: number;
  readonly seed: number;
}

/** Files that were written, and what must become of them: told by who made the rows, not by what reads them. */
export interface Written {
  readonly files: number;
  readonly records: number;
  /** The rows that must be in the table. */
  readonly rows: number;
  /** Those rows as the text that COPY (FORMAT csv) reads, piece by piece. */
  copy(): Iterable<string> | AsyncIterable<Uint8Array>;
  /** The records that must be rejects. A name is that in the ledger. All other records are duplicates. */
  readonly rejects: readonly { readonly name: string; readonly line: number }[];
}

/** A kind of content to load, and where it goes. */
export interface Kind {
  /** A description for people. */
  readonly what: string;
  /** The YAML of its feed, which takes its files from SOURCE_DIR. */
  readonly feed: URL;
  readonly table: string;
  /** Makes the table, if a new installation does not have it. */
  readonly ddl?: string;
  /** The columns that the files fill, in the order of the texts for COPY. */
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** Writes files whose names begin with `prefix` into a folder. Different prefixes need different seeds. */
  write(folder: string, prefix: string, size: Size): Written;
}
