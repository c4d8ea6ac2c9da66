import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { eventFiles, headerLine } from '@sluice/generator';

const MIB = 1024 * 1024;
const ROWS_AT_ONCE = 5_000;

/** Content that a file may hold. Some of it is made to be hard to read. */
export interface StallKind {
  readonly name: string;
  /** What stands in the file, for a reader. */
  readonly what: string;
  readonly ending: string;
  readonly header: string;
  /** Repeated until the file is long enough. */
  readonly piece: () => string;
  /** From a piece of the text to bytes of the file: UTF-8 where it is missing. */
  readonly encode?: (text: string) => Buffer;
}

/** The same valid rows every time; 250 in a row have distinct ids, as far as a chunk reaches. */
const rows = (): string[] => {
  const options = { seed: 1, rows: { min: ROWS_AT_ONCE, max: ROWS_AT_ONCE }, duplicates: 0, malformed: 0 };
  return eventFiles(options)
    .next()
    .value.map(({ line }) => line);
};

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

const quoted = (line: string): string => line.replaceAll(/[^,]*/g, (field) => field && `"${field}"`);

const plain = { ending: '.csv', header: headerLine } as const;

export const STALL_KINDS: readonly StallKind[] = [
  { ...plain, name: 'rows', what: 'plain rows of about 75 bytes', piece: () => lines(rows()) },
  { ...plain, name: 'quoted', what: 'each field within quotes', piece: () => lines(rows().map(quoted)) },
  {
    ...plain,
    name: 'long',
    what: 'rows of almost 1 MiB: a further column with quotes and line ends within quotes',
    header: `${headerLine},note`,
    piece: () => `${rows()[0]},"${'lorem ""ipsum"", dolor\n'.repeat(45_000)}"\n`,
  },
  {
    ...plain,
    name: 'open-quote',
    what: 'lines of "a: quotes that are never closed',
    piece: () => '"a\n'.repeat(100_000),
  },
  {
    ...plain,
    name: 'late-quote',
    what: 'lines of ,"x: the same in a second field',
    piece: () => ',"x\n'.repeat(100_000),
  },
  {
    ...plain,
    name: 'commas',
    what: 'lines of almost 1 MiB of commas',
    piece: () => `${','.repeat(MIB - 2)}\n`,
  },
  {
    ...plain,
    name: 'rejects',
    what: 'rows that are all rejects',
    piece: () => lines(rows().map((line) => `not-a-uuid${line.slice(36)}`)),
  },
  {
    ...plain,
    name: 'gzip',
    what: 'plain rows, gzip in members',
    piece: () => lines(rows()),
    ending: '.csv.gz',
    encode: (text) => gzipSync(text),
  },
  {
    ...plain,
    name: 'zstd',
    what: 'plain rows, Zstandard in frames',
    piece: () => lines(rows()),
    ending: '.csv.zst',
    encode: (text) => zstdCompressSync(text),
  },
  {
    ...plain,
    name: 'utf-16',
    what: 'plain rows, UTF-16',
    header: `\ufeff${headerLine}`,
    piece: () => lines(rows()),
    encode: (text) => Buffer.from(text, 'utf16le'),
  },
];

/**
 * Writes a file of this kind, piece by piece: what it takes of memory must not count.
 * @returns its name, and how many bytes of text are in it
 */
export function writeStallFile(
  folder: string,
  kind: StallKind,
  mib: number,
): { name: string; bytes: number } {
  const name = `${kind.name}${kind.ending}`;
  const encode = kind.encode ?? ((text: string) => Buffer.from(text));
  const [header, piece] = [`${kind.header}\n`, kind.piece()];
  const file = openSync(join(folder, name), 'w');
  writeSync(file, encode(header));
  const encoded = encode(piece);
  let bytes = header.length;
  for (; bytes < mib * MIB; bytes += piece.length) writeSync(file, encoded);
  closeSync(file);
  return { name, bytes };
}
