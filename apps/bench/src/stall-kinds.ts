import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { eventFiles, headerLine } from '@sluice/generator';

const MIB = 1024 * 1024;
const ROWS_AT_ONCE = 5_000;

/** A kind of content that a file may have. Some kinds are made to be hard to read. */
export interface StallKind {
  readonly name: string;
  /** A description of the content for people. */
  readonly what: string;
  readonly ending: string;
  readonly header: string;
  /** Repeated until the file is long enough. */
  readonly piece: () => string;
  /** Encodes a piece of the text as bytes of the file. The default is UTF-8. */
  readonly encode?: (text: string) => Buffer;
}

/** The same valid rows every time. Any 250 rows in sequence, which is a chunk, have distinct ids. */
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
 * Writes a file of this kind piece by piece, because its own memory must not count in the measurement.
 * @returns the file's name and how many bytes of text it has
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
